//! CA files: whatever begins like a certificate is read, or is an error that says where.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use unstructured_jobs::{Builder, ErrorKind};

use crate::support::assertions::fails;
use crate::support::certificates::Authority;
use crate::support::server::{Server, keep_responding};
use crate::support::{JOB, builder, job, ok};

/// A file of this test's own; removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("unstructured-jobs-{}-{name}", std::process::id()));
        fs::write(&path, content).expect("a scratch file");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn new() -> Builder {
    builder("https://a.example")
}

#[track_caller]
fn refused(builder: Builder, message: &str) {
    fails(builder.build(), ErrorKind::InvalidArgument, message);
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    refused(
        new().ca_file("/nonexistent/ca.pem"),
        "the CA file \"/nonexistent/ca.pem\" cannot be read: No such file or directory",
    );
    refused(new().add_ca_file("/"), "the CA file \"/\" cannot be read: Is a directory");
}

const CUT: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n";
const NO_BASE64: &str = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
const NO_DER: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

#[test]
fn files_without_a_certificate_are_refused() {
    for (name, content, why) in [
        ("empty", &b""[..], " holds no PEM certificate"),
        ("garbage", b"\0\x01garbage", " holds no PEM certificate"),
        ("utf-16", b"\xff\xfe-\0-\0", ": it is UTF-16; save it as UTF-8 or ASCII"),
        ("der", b"\x30\x82\x01\x02", ": it is DER, not PEM; `openssl x509 -inform der` converts it"),
        ("cut", CUT.as_bytes(), ": the certificate that begins in line 1 has no end"),
        ("base64", NO_BASE64.as_bytes(), ": the certificate that begins in line 1 is not valid base64"),
        (
            "not-der",
            NO_DER.as_bytes(),
            ": the certificate that begins in line 1 cannot be used: it is not well-formed X.509",
        ),
    ] {
        let file = Scratch::new(name, content);
        refused(new().ca_file(&file.0), &format!("the CA file {:?}{why}", file.0));
        refused(new().ca_pem(content), &format!("the CA certificates given{why}"));
        refused(new().add_ca_pem(content), &format!("the CA certificates given{why}"));
    }
    let good = Authority::new();
    for (bad, why) in [
        (CUT, "has no end"),
        (NO_BASE64, "is not valid base64"),
        (NO_DER, "cannot be used: it is not well-formed X.509"),
    ] {
        let line = good.pem().lines().count() + 1;
        let why = format!("the CA certificates given: the certificate that begins in line {line} {why}");
        refused(new().ca_pem(format!("{}{bad}", good.pem())), &why);
    }
    refused(
        new().ca_pem(format!("{CUT}{}", good.pem())),
        "the CA certificates given: the certificate that begins in line 1 has no end",
    );
}

/// Two authorities, and a server of each.
struct Trusted {
    authorities: [Authority; 2],
    servers: [Server; 2],
}

impl Trusted {
    fn new() -> Self {
        let authorities = [Authority::new(), Authority::new()];
        let servers = [0, 1].map(|which: usize| {
            let config = authorities[which].identity().config();
            Server::start_tls(config, keep_responding(|_, _| ok(job("SUCCESS"))))
        });
        Self { authorities, servers }
    }

    /// Both authorities in one text, the second one in this shape.
    fn bundle(&self, shape: impl Fn(&str) -> String) -> String {
        let [one, other] = &self.authorities;
        format!("{}{}", one.pem(), shape(other.pem()))
    }

    #[track_caller]
    fn both_by(&self, pem: impl AsRef<[u8]>, what: &str) {
        for server in &self.servers {
            let client = builder(server.url()).ca_pem(pem.as_ref()).build().unwrap_or_else(|e| panic!("{what}: {e}"));
            client.job_details(JOB).unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
}

#[test]
fn every_spelling_of_a_certificate_is_read() {
    let trusted = Trusted::new();
    let lines = |prefix: &str, pem: &str| pem.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
    for prefix in ["", " ", "    ", "\t", "\u{a0}", "\u{feff}", "\u{feff}\u{feff} ", "  \u{feff}"] {
        trusted.both_by(trusted.bundle(|pem| lines(prefix, pem)), &format!("each line after {prefix:?}"));
        trusted.both_by(trusted.bundle(|pem| format!("{prefix}{pem}")), &format!("the first line after {prefix:?}"));
        let all = format!("{prefix}{}", trusted.bundle(str::to_owned));
        trusted.both_by(all, &format!("the file after {prefix:?}"));
    }
    for end in ["\r\n", "\r", "\n\n", " \n", "\t\r\n"] {
        trusted.both_by(trusted.bundle(str::to_owned).replace('\n', end), &format!("lines that end in {end:?}"));
    }
    for label in ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"] {
        trusted.both_by(trusted.bundle(|pem| pem.replace("CERTIFICATE", label)), label);
    }
    trusted.both_by(trusted.bundle(|pem| format!("# a comment\nsubject=CN = \u{e9}\n\n{pem}\nthe end")), "prose");
    trusted.both_by(
        [b"Autorit\xe9 latine\n", trusted.bundle(str::to_owned).as_bytes()].concat(),
        "prose in another encoding",
    );
    let [one, other] = &trusted.authorities;
    trusted.both_by(format!("{}{}", one.pem().trim_end(), other.pem()), "files joined without an end of line");
    trusted.both_by(format!("{}\u{feff}{}", one.pem().trim_end(), other.pem()), "Windows files joined so");
    trusted.both_by(trusted.bundle(str::to_owned).replace('\n', " "), "one line, as variables hold it");
}

#[test]
fn every_other_block_is_an_error_with_its_line() {
    let good = Authority::new();
    let line = good.pem().lines().count() + 1;
    for label in [
        "PKCS7",
        "CMS",
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "EC PARAMETERS",
        "DH PARAMETERS",
        "PUBLIC KEY",
        "CERTIFICATE REQUEST",
        "NEW CERTIFICATE REQUEST",
        "ATTRIBUTE CERTIFICATE",
        "X509 CRL",
        "CERTIFICATES",
        " CERTIFICATE",
        "certificate",
        "OPENSSH PRIVATE KEY",
        "PGP MESSAGE",
        "",
    ] {
        let block = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let why = |line: usize| {
            format!(
                "the CA certificates given: line {line} begins a block \"{label}\"; only certificates are read \
                 (CERTIFICATE, X509 CERTIFICATE, TRUSTED CERTIFICATE)"
            )
        };
        refused(new().ca_pem(block.as_str()), &why(1));
        refused(new().ca_pem(format!("{}{block}", good.pem())), &why(line));
        refused(new().ca_pem(format!("{block}{}", good.pem())), &why(1));
    }
    for (first, what) in [
        ("> -----BEGIN CERTIFICATE-----", "begin"),
        ("# -----BEGIN CERTIFICATE-----", "begin"),
        ("\"-----BEGIN CERTIFICATE-----", "begin"),
        ("-----BEGIN CERTIFICATE----", "begin"),
        ("----BEGIN CERTIFICATE-----", "begin"),
        ("-----begin certificate-----", "begin"),
        // as a word processor writes it
        ("—–BEGIN CERTIFICATE—–", "begin"),
        ("-----END CERTIFICATE-----", "end"),
    ] {
        let text = format!("{}{first}\nAAAA\n", good.pem());
        let why = format!(
            "the CA certificates given: line {line} seems to {what} a PEM block, but is not written as PEM is: {first}"
        );
        refused(new().ca_pem(text), &why);
    }
    let other_end = good.pem().replace("END CERTIFICATE", "END X509 CERTIFICATE");
    let end = line - 1;
    let why = format!("the CA certificates given: line {end} does not end the certificate that begins in line 1");
    refused(new().ca_pem(other_end), &why);
}

/// What `openssl x509` makes of a certificate.
fn openssl_x509(pem: &str, arguments: &[&str]) -> String {
    let mut child = Command::new("openssl")
        .arg("x509")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), pem.as_bytes()).expect("written");
    String::from_utf8(child.wait_with_output().expect("its output").stdout).expect("PEM")
}

#[test]
fn trust_data_of_openssl_is_left_out_and_heeded() {
    let trusted = Trusted::new();
    for arguments in [
        &["-trustout", "-setalias", "a name"][..],
        &["-trustout", "-addtrust", "serverAuth"],
        &["-trustout", "-addtrust", "clientAuth", "-addtrust", "anyExtendedKeyUsage"],
        &["-trustout", "-addreject", "emailProtection"],
        &["-trustout", "-addtrust", "serverAuth", "-addreject", "clientAuth", "-setalias", "a name"],
    ] {
        let shape = |pem: &str| openssl_x509(pem, arguments);
        assert!(shape(trusted.authorities[1].pem()).starts_with("-----BEGIN TRUSTED CERTIFICATE-----"));
        trusted.both_by(trusted.bundle(shape), &format!("{arguments:?}"));
    }
    for arguments in [
        &["-trustout", "-addreject", "serverAuth"][..],
        &["-trustout", "-addtrust", "emailProtection"],
        &["-trustout", "-addtrust", "serverAuth", "-addreject", "anyExtendedKeyUsage"],
    ] {
        let pem = openssl_x509(trusted.authorities[1].pem(), arguments);
        let why = "the CA certificates given: no certificate in it is trusted for servers";
        refused(new().ca_pem(pem.as_str()), why);
        // beside others it is left out, as the file says
        let [one, other] = &trusted.servers;
        let client = |server: &Server| {
            let both = format!("{}{pem}", trusted.authorities[0].pem());
            builder(server.url()).ca_pem(both).build().expect("a client")
        };
        client(one).job_details(JOB).expect("a response");
        assert_eq!(client(other).job_details(JOB).expect_err("not for servers").kind(), ErrorKind::Tls);
    }
}

#[test]
fn a_ca_file_without_an_end_is_not_read() {
    // a device has no length to be judged by beforehand
    refused(
        builder("https://a.example").ca_file("/dev/zero"),
        "the CA file \"/dev/zero\" is longer than the limit of 16777216 bytes",
    );
}

#[test]
fn a_ca_file_that_may_not_be_read_is_refused() {
    // root may read everything; /proc/self/mem is one that even root cannot read from its start
    let error = builder("https://a.example").ca_file("/proc/self/mem").build().expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(format!("{error:#}").starts_with("the CA file \"/proc/self/mem\" cannot be read: "), "{error:#}");
}

#[test]
fn a_ca_file_and_several_certificates_are_accepted() {
    let bundle = format!("# two authorities\n{}\n{}", Authority::new().pem(), Authority::new().pem());
    let file = Scratch::new("bundle", bundle.as_bytes());
    builder("https://a.example").ca_file(&file.0).build().expect("a bundle");
    builder("https://a.example").add_ca_file(&file.0).add_ca_pem(bundle).build().expect("both");
}
