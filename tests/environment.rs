//! The environment: what `from_env` reads and names, and that nothing else reads it.

use unstructured_jobs::{Builder, Client};

use crate::configuration::refused;
use crate::support::child::in_own_process;
use crate::support::server::Server;
use crate::support::{JOB, job, ok};

#[test]
fn without_a_key_from_the_environment_the_variable_is_named() {
    in_own_process("environment::without_a_key_from_the_environment_the_variable_is_named", &[], || {
        refused(Builder::from_env(), "there is no API key; UNSTRUCTURED_API_KEY is not set");
    });
}

#[test]
fn from_env_reads_the_two_variables() {
    let server = Server::always(ok(job("SUCCESS")));
    let url = format!("{}/api/v1/", server.url());
    let outside = in_own_process(
        "environment::from_env_reads_the_two_variables",
        &[("UNSTRUCTURED_API_KEY", "from-the-environment\n"), ("UNSTRUCTURED_API_URL", &url)],
        || {
            Client::from_env().expect("a client").job_details(JOB).expect("a response");
            // a setter wins
            Builder::from_env().api_key("another").build().expect("a client").job_details(JOB).expect("a response");
        },
    );
    if outside {
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert!(requests[0].contains("\r\nunstructured-api-key: from-the-environment\r\n"));
        assert!(requests[1].contains("\r\nunstructured-api-key: another\r\n"));
    }
}

#[test]
fn from_env_names_the_variable_at_fault() {
    in_own_process(
        "environment::from_env_names_the_variable_at_fault",
        &[("UNSTRUCTURED_API_KEY", "a b"), ("UNSTRUCTURED_API_URL", "http://a.example")],
        || {
            let refused = |builder: Builder, message: &str| refused(builder, message);
            refused(
                Builder::from_env(),
                "the API key has something other than visible ASCII at byte 1 (from UNSTRUCTURED_API_KEY)",
            );
            refused(
                Builder::from_env().api_key("k"),
                "the base URL is not acceptable: http:// would send the API key to a.example unencrypted; use \
                 https://, or allow plain HTTP by name (from UNSTRUCTURED_API_URL)",
            );
        },
    );
}

#[test]
fn from_env_with_blank_variables() {
    in_own_process(
        "environment::from_env_with_blank_variables",
        &[("UNSTRUCTURED_API_KEY", " "), ("UNSTRUCTURED_API_URL", " ")],
        || {
            refused(Builder::from_env(), "the API key is empty (from UNSTRUCTURED_API_KEY)");
            let client = Builder::from_env().api_key("k").build().expect("the default base URL");
            assert!(format!("{client:?}").contains("https://platform.unstructuredapp.io"), "{client:?}");
        },
    );
}

#[test]
fn the_environment_is_read_only_where_a_name_says_so() {
    in_own_process(
        "environment::the_environment_is_read_only_where_a_name_says_so",
        &[("UNSTRUCTURED_API_KEY", "k"), ("UNSTRUCTURED_API_URL", "https://a.example")],
        || {
            refused(
                Client::builder(),
                "there is no API key; set one, or take it from the environment (UNSTRUCTURED_API_KEY)",
            );
            let client = Client::builder().api_key("k").build().expect("a client");
            assert!(format!("{client:?}").contains("https://platform.unstructuredapp.io"), "{client:?}");
        },
    );
}
