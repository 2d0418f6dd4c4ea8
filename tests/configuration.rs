//! Every setting: what it refuses, in whole sentences, before anything is sent.

use std::time::Duration;

use unstructured_jobs::{Builder, Client, ErrorKind, WaitOptions};

use crate::support::assertions::fails;
use crate::support::server::Server;
use crate::support::{JOB, KEY, builder, client, job, ok};

/// The message that a configuration is refused with.
#[track_caller]
pub(crate) fn refused(builder: Builder, message: &str) {
    let error = fails(builder.build(), ErrorKind::InvalidArgument, message);
    assert_eq!((error.attempts(), error.is_retryable(), error.retry_after()), (0, false, None));
}

fn base_url(url: &str) -> Builder {
    builder(url)
}

fn keyed(key: &str) -> Builder {
    builder("https://a.example").api_key(key)
}

#[test]
fn there_is_no_client_without_a_key() {
    refused(
        Client::builder().proxy("none"),
        "there is no API key; set one, or take it from the environment (UNSTRUCTURED_API_KEY)",
    );
}

#[test]
fn keys_are_visible_ascii() {
    for blank in ["", " ", "\t", "\r\n", " \t\r\n "] {
        refused(keyed(blank), "the API key is empty");
    }
    for (key, at) in [
        ("a b", 1),
        ("ab\r\nX-Evil: 1", 2),
        ("ab\ncd", 2),
        ("a\0", 1),
        ("abc\u{7f}", 3),
        ("\u{e9}", 0),
        ("abcdé", 4),
        ("a\u{feff}bc", 1),
        ("a\u{a0}", 1),
    ] {
        refused(keyed(key), &format!("the API key has something other than visible ASCII at byte {at}"));
    }
    refused(keyed("“0123456789abcdef”"), "the API key begins with a quotation mark; write it without");
    refused(keyed(&"k".repeat(4097)), "the API key is 4097 bytes long; the limit is 4096");
    refused(keyed(&"k".repeat(1 << 20)), "the API key is 1048576 bytes long; the limit is 4096");
    for fine in ["k", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", &"k".repeat(4096)] {
        keyed(fine).build().expect("a fine key");
    }
}

#[test]
fn a_byte_order_mark_before_a_base_url_is_dropped() {
    assert_eq!(normalised("\u{feff} https://a.example/"), "https://a.example");
}

#[test]
fn base_urls_that_could_mislead_are_refused() {
    for (url, why) in [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("a.example", "it does not start with https://"),
        ("//a.example", "it does not start with https://"),
        ("https:a.example", "it does not start with https://"),
        ("ftp://a.example", "its scheme is neither https nor http"),
        ("file:///etc/passwd", "its scheme is neither https nor http"),
        ("://a.example", "its scheme is neither https nor http"),
        ("https://", "the host is missing"),
        ("https:///path", "the host is missing"),
        ("https://:443", "the host is missing"),
        ("https://user@a.example", "it has user info (@); the key goes in its own setting"),
        ("https://user:pass@a.example", "it has user info (@); the key goes in its own setting"),
        ("https://a.example?x=1", "it has a query (?)"),
        ("https://a.example/?", "it has a query (?)"),
        ("https://a.example#x", "it has a fragment (#)"),
        ("https://a.example/api/v1#", "it has a fragment (#)"),
        ("https://a.example:0", "the port is not a number from 1 to 65535"),
        ("https://a.example:65536", "the port is not a number from 1 to 65535"),
        ("https://a.example:99999", "the port is not a number from 1 to 65535"),
        ("https://a.example:-1", "the port is not a number from 1 to 65535"),
        ("https://a.example:+443", "the port is not a number from 1 to 65535"),
        ("https://a.example:http", "the port is not a number from 1 to 65535"),
        ("https://a.example:", "the port is not a number from 1 to 65535"),
        ("https://a b.example", "there is a blank or control character at byte 9"),
        ("https://a.example/x y", "there is a blank or control character at byte 19"),
        ("https://a.example\r\nX: 1", "there is a blank or control character at byte 17"),
        ("https://a.example/\0", "there is a blank or control character at byte 18"),
        ("https://[::1", "the IPv6 address lacks its closing bracket"),
        ("https://[::g]", "the brackets do not hold an IPv6 address"),
        ("https://[127.0.0.1]", "the brackets do not hold an IPv6 address"),
        ("https://[fe80::1%25eth0]", "the brackets do not hold an IPv6 address"),
        ("https://bücher.example", "the host is not ASCII; write an international name in its xn-- form"),
        ("https://a!.example", "the host has a character that no host name has"),
        ("https://a%2eexample", "the host has a character that no host name has"),
        ("https://a\\b.example", "the host has a character that no host name has"),
        ("https://a..example", "the host is not a valid name (a label is empty or too long)"),
        ("https://.a.example", "the host is not a valid name (a label is empty or too long)"),
        ("https://127.1", "the host looks like an IPv4 address and is none"),
        ("https://127.0.0.256", "the host looks like an IPv4 address and is none"),
        ("https://0x7f000001", "the host looks like an IPv4 address and is none"),
        ("https://2130706433", "the host looks like an IPv4 address and is none"),
        ("https://a.example/../b", "its path has a . or .. segment"),
        ("https://a.example/./b", "its path has a . or .. segment"),
        ("https://a.example/..", "its path has a . or .. segment"),
        ("https://a.example/%2e%2e/b", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%2Fb", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%5cb", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%00b", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%20b", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%0d%0ab", "its path hides a dot, slash or control character behind a %"),
        ("https://a.example/a%", "its path has a % without two hexadecimal digits"),
        ("https://a.example/a%4", "its path has a % without two hexadecimal digits"),
        ("https://a.example/a%zz", "its path has a % without two hexadecimal digits"),
        ("https://a.example/a%4\u{e9}", "its path has a character that no URL path has"),
        ("https://a.example/a\\b", "its path has a character that no URL path has"),
        ("\"https://a.example\"", "it begins with a quotation mark; write it without"),
        ("'https://a.example'", "it begins with a quotation mark; write it without"),
        (" “https://a.example”", "it begins with a quotation mark; write it without"),
        ("https://a.example/<>", "its path has a character that no URL path has"),
    ] {
        refused(base_url(url), &format!("the base URL is not acceptable: {why}"));
    }
    let label = format!("https://{}.example", "a".repeat(64));
    refused(
        base_url(&label),
        "the base URL is not acceptable: the host is not a valid name (a label is empty or too long)",
    );
    let long = format!("https://a.example/{}", "a".repeat(2048));
    refused(base_url(&long), "the base URL is not acceptable: it is 2066 bytes long; the limit is 2048");
}

/// The normalised base URL of a client.
#[track_caller]
fn normalised(url: &str) -> String {
    let client = base_url(url).build().unwrap_or_else(|error| panic!("{url}: {error}"));
    let text = format!("{client:?}");
    let url = text.strip_prefix("Client { base_url: \"").and_then(|rest| rest.strip_suffix("\", .. }"));
    url.expect("the base URL").to_owned()
}

#[test]
fn of_a_base_url_under_the_vendors_domains_the_path_is_dropped() {
    let paths = [
        "",
        "/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/jobs",
        "/general/v0/general",
        "/general/v0/general/",
        "/general/v0",
        "//general",
        "/eu/api/v1",
    ];
    for host in [
        "platform.unstructuredapp.io",
        "api.unstructuredapp.io",
        "mine-4f2a.api.unstructuredapp.io",
        "unstructuredapp.io",
        "api.unstructured.io",
        "unstructured.io",
        "platform.unstructuredapp.io.",
    ] {
        for path in paths {
            for (scheme, port, shown) in [("https", "", ""), ("HTTPS", ":443", ""), ("https", ":8443", ":8443")] {
                let expected = format!("https://{host}{shown}");
                assert_eq!(normalised(&format!("{scheme}://{host}{port}{path}")), expected, "{path}");
                assert_eq!(normalised(&format!(" {scheme}://{}{port}{path}\n", host.to_uppercase())), expected);
            }
        }
    }
    // other domains have none of these as a whole label
    for host in ["myunstructured.io", "unstructured.io.example", "unstructuredapp.io.example", "notunstructuredapp.io"]
    {
        let url = format!("https://{host}/general/v0/general");
        assert_eq!(normalised(&url), url);
    }
}

#[test]
fn the_key_in_the_base_url_is_not_repeated() {
    for url in ["https://KEY@a.example", "https://a.example/?key=KEY", "KEY", "https://KEY!", "ftp://KEY"] {
        let error = base_url(&url.replace("KEY", KEY)).build().expect_err("a refusal");
        assert!(!error.to_string().contains(KEY), "{error}");
    }
}

#[test]
fn plain_http_is_for_this_machine_unless_allowed_by_name() {
    for (host, shown) in [
        ("a.example", "a.example"),
        ("A.Example", "a.example"),
        ("10.0.0.1", "10.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("128.0.0.1", "128.0.0.1"),
        ("localhost.example", "localhost.example"),
        ("localhost.", "localhost."),
        ("[::2]", "[::2]"),
        ("[::]", "[::]"),
        ("[::ffff:10.0.0.1]", "[::ffff:10.0.0.1]"),
    ] {
        refused(
            base_url(&format!("http://{host}")),
            &format!(
                "the base URL is not acceptable: http:// would send the API key to {shown} unencrypted; use https://, \
                 or allow plain HTTP by name"
            ),
        );
        base_url(&format!("http://{host}")).allow_plain_http(true).build().expect("allowed by name");
        base_url(&format!("https://{host}")).build().expect("encrypted");
    }
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.255.255.254", "[::1]", "[0:0::1]"] {
        base_url(&format!("http://{host}")).build().expect("this machine");
    }
}

#[test]
fn times_and_sizes_of_zero_are_refused() {
    let new = || builder("https://a.example");
    refused(new().timeout(Duration::ZERO), "the timeout is zero; no call could succeed");
    refused(new().connect_timeout(Duration::ZERO), "the connect timeout is zero; no call could succeed");
    refused(new().max_response_bytes(0), "the maximum response size is zero; no response could be accepted");
}

#[test]
fn the_largest_values_overflow_nothing() {
    let server = Server::always(ok(job("SUCCESS")));
    builder(server.url())
        .timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .max_response_bytes(u64::MAX)
        .max_retries(u32::MAX)
        .build()
        .expect("large is fine")
        .job_details(JOB)
        .expect("a response");
}

#[test]
fn the_shortest_timeout_ends_in_a_timeout() {
    let server = Server::start(|connection| connection.stay_silent());
    let client = builder(server.url()).timeout(Duration::from_nanos(1)).build().expect("short is fine");
    let error = client.job_details(JOB).expect_err("no time");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
}

#[test]
fn user_agents_are_one_printable_line() {
    let message = "the user agent is not 1 to 512 visible ASCII characters with blanks only between them";
    for text in ["", " ", " a", "a ", "a\r\nX: 1", "a\tb", "a\0", "é", &"a".repeat(513)] {
        refused(builder("https://a.example").user_agent(text), message);
    }
    let server = Server::always(ok(job("SUCCESS")));
    builder(server.url()).user_agent("gate/1.0 (nightly run)").build().expect("fine").job_details(JOB).expect("ok");
    assert!(server.requests()[0].contains("\r\nuser-agent: gate/1.0 (nightly run)\r\n"));
}

#[test]
fn proxies_that_do_not_parse_are_refused_without_their_password() {
    for (proxy, why) in [
        ("", "the host is missing"),
        ("http://", "the host is missing"),
        ("socks5://p:1", "its scheme is neither http nor https (SOCKS is not supported)"),
        ("http://u:s3cret@p:0", "the port is not a number from 1 to 65535"),
        ("http://u:s3cret@p:99999", "the port is not a number from 1 to 65535"),
        ("http://u:s3cret@p/path", "it has a path, query or fragment"),
        ("http://u:s3cret@p?q", "it has a path, query or fragment"),
        ("http://u:s3cret @p", "there is a blank or control character in it"),
        ("http://u:s3cret\r\n@p", "there is a blank or control character in it"),
        ("http://u:s3cret%@p", "its user or password has a % without two hexadecimal digits"),
        ("http://u:s3cret@[::1", "the IPv6 address lacks its closing bracket"),
    ] {
        let builder = builder("https://a.example").proxy(proxy);
        assert!(!format!("{builder:?}").contains("s3cret"));
        refused(builder, &format!("the proxy setting is not a proxy URL: {why}"));
    }
    let long = "p".repeat(2049);
    refused(
        builder("https://a.example").proxy(&long),
        "the proxy setting is not a proxy URL: it is longer than 2048 bytes",
    );
    for none in ["none", "NONE", " none "] {
        builder("https://a.example").proxy(none).build().expect("no proxy");
    }
}

#[test]
fn a_distant_proxy_for_plain_http_would_see_the_key() {
    refused(
        builder("http://127.0.0.1:9").proxy("http://u:s3cret@p.example:3128"),
        "the proxy http://p.example:3128 (from the proxy setting) would see the API key, as the base URL is plain \
         http://; set the proxy to \"none\", add 127.0.0.1 to no_proxy, or allow plain HTTP by name",
    );
}

#[test]
fn an_error_names_its_setting() {
    let new = || builder("https://a.example");
    for (builder, setting) in [
        (Client::builder(), "api_key"),
        (new().api_key("a b"), "api_key"),
        (new().base_url("ftp://a.example"), "base_url"),
        (new().base_url("http://a.example"), "allow_plain_http"),
        (new().timeout(Duration::ZERO), "timeout"),
        (new().connect_timeout(Duration::ZERO), "connect_timeout"),
        (new().proxy("socks5://p"), "proxy"),
        (new().base_url("http://127.0.0.1").proxy("p.example"), "allow_plain_http"),
        (new().ca_file("/no/such/file"), "ca_file"),
        (new().add_ca_file("/dev/null"), "ca_file"),
        (new().ca_pem(""), "ca_pem"),
        (new().user_agent(""), "user_agent"),
        (new().max_response_bytes(0), "max_response_bytes"),
    ] {
        assert_eq!(builder.build().expect_err("a refusal").setting(), Some(setting));
    }
    let client = client("http://127.0.0.1:9");
    assert_eq!(client.job_details("no/id").expect_err("a refusal").setting(), Some("job_id"));
    assert_eq!(client.job_details(JOB).expect_err("nobody listens").setting(), None);
    for (options, setting) in [
        (WaitOptions::new().initial_interval(Duration::ZERO), "initial_interval"),
        (WaitOptions::new().initial_interval(Duration::MAX), "initial_interval"),
        (WaitOptions::new().max_interval(Duration::ZERO), "max_interval"),
    ] {
        let result = client.wait(JOB, &options, |_| std::ops::ControlFlow::Continue(()));
        assert_eq!(result.expect_err("a refusal").setting(), Some(setting));
        assert_eq!(options.validate().expect_err("a refusal").setting(), Some(setting));
    }
}

#[test]
fn debug_shows_settings_without_secrets() {
    let builder = builder("https://a.example").proxy("http://u:s3cret@p:1").ca_pem("x");
    let text = format!("{builder:?} {builder:#?}");
    assert!(!text.contains(KEY) && !text.contains("s3cret"), "{text}");
    assert!(text.contains("https://a.example") && text.contains("20s"), "{text}");
    let client = client("https://a.example");
    let text = format!("{client:?} {client:#?}");
    assert!(!text.contains(KEY), "{text}");

    // by mistake
    for (url, shown) in [
        ("https://user:pa55w0rd@a.example/x", "..@a.example/x"),
        ("user:pa55/w0rd@a.example", "..@a.example"),
        ("https://user:pa?55w0rd@a.example", "..@a.example"),
        ("https://a.example/?key=pa55w0rd", "https://a.example/"),
    ] {
        let text = format!("{:?}", base_url(url));
        assert!(text.contains(&format!("base_url: Some({shown:?})")) && !text.contains("55"), "{text}");
    }
}
