//! PEM bundles: a client, or an error that names the setting and can be printed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unstructured_jobs::{Client, ErrorKind, printable};

fuzz_target!(|pem: &[u8]| {
    let made = Client::builder().api_key("key").proxy("none").ca_pem(pem).build();
    if let Err(error) = made {
        let text = error.to_string();
        assert_eq!((error.kind(), error.setting()), (ErrorKind::InvalidArgument, Some("ca_pem")), "{text}");
        assert_eq!(printable(&text), text);
        assert!(text.len() < 1024, "{text}");
    }
});
