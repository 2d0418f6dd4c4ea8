//! Proxies named by the environment.

use unstructured_jobs::{Builder, Client, ErrorKind};

use crate::support::assertions::{fails, fails_saying};
use crate::support::certificates::Authority;
use crate::support::child::in_own_process;
use crate::support::proxy::Proxy;
use crate::support::server::{Server, keep_responding};
use crate::support::{JOB, KEY, client, job, ok};

#[test]
fn a_setting_comes_before_the_environment() {
    let server = Server::always(ok(job("SUCCESS")));
    let url = server.url();
    let outside = in_own_process(
        "proxy_variables::a_setting_comes_before_the_environment",
        &[("http_proxy", "http://127.0.0.1:1"), ("all_proxy", "not a proxy"), ("TEST_URL", &url)],
        || {
            let url = std::env::var("TEST_URL").expect("a URL");
            client(&url).job_details(JOB).expect("`none` wins");
        },
    );
    assert_eq!(server.requests().len(), usize::from(outside));
}

#[test]
fn the_environment_names_the_proxy() {
    let authority = Authority::new();
    let identity = authority.identity_with(&["service.example"], |_| {});
    let server = Server::start_tls(identity.config(), keep_responding(|_, _| ok(job("SUCCESS"))));
    let proxy = Proxy::to(server.addr());
    let proxy_url = format!(" {} ", proxy.server.url());
    let outside = in_own_process(
        "proxy_variables::the_environment_names_the_proxy",
        &[
            ("HTTPS_PROXY", &proxy_url),
            ("ALL_PROXY", "http://127.0.0.1:1"),
            ("NO_PROXY", "other.example, 10.0.0.0/8"),
            ("TEST_CA", authority.pem()),
        ],
        || {
            let ca = std::env::var("TEST_CA").expect("a certificate");
            let new = |url: &str| {
                Client::builder()
                    .api_key(KEY)
                    .ca_pem(ca.clone())
                    .base_url(url)
                    .max_retries(0)
                    .build()
                    .expect("a client")
            };
            new("https://service.example").job_details(JOB).expect("a response through the tunnel");
            // not in no_proxy either; the tunnel leads to the wrong server
            fails_saying(new("https://another.example").job_details(JOB), ErrorKind::Tls, "through the proxy ");
        },
    );
    if outside {
        let [one, other] = proxy.server.requests().try_into().expect("two tunnels");
        assert!(one.starts_with("CONNECT service.example:443 HTTP/1.1\r\n"), "{one}");
        assert!(other.starts_with("CONNECT another.example:443 HTTP/1.1\r\n"), "{other}");
    }
}

#[test]
fn no_proxy_leads_past_the_proxy() {
    in_own_process(
        "proxy_variables::no_proxy_leads_past_the_proxy",
        &[
            ("http_proxy", "http://127.0.0.1:1"),
            ("https_proxy", "http://127.0.0.1:1"),
            ("no_proxy", " localhost , 127.0.0.0/8"),
        ],
        || {
            let server = Server::always(ok(job("SUCCESS")));
            for url in [server.url(), server.url_at("localhost")] {
                let client = Client::builder().api_key(KEY).base_url(&url).build().expect("a client");
                client.job_details(JOB).expect("directly");
            }
        },
    );
}

#[test]
fn a_variable_that_does_not_parse_is_never_a_direct_connection() {
    in_own_process(
        "proxy_variables::a_variable_that_does_not_parse_is_never_a_direct_connection",
        &[("https_proxy", "http://user:s3cret@proxy:99999"), ("HTTP_PROXY", "http://evil.example:1")],
        || {
            let refused = |builder: Builder, message: &str| fails(builder.build(), ErrorKind::InvalidArgument, message);
            let new = || Client::builder().api_key(KEY);
            refused(new(), "https_proxy is not a proxy URL: the port is not a number from 1 to 65535");
            new().proxy("none").build().expect("a setting wins");
            // HTTP_PROXY in upper case is a request header under CGI
            let server = Server::always(ok(job("SUCCESS")));
            new().base_url(server.url()).build().expect("a client").job_details(JOB).expect("directly");
        },
    );
}
