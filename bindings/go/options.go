package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import (
	"math"
	"time"
)

// Option is a setting of a client, for [New] and [NewFromEnv]. Of two that set the same, the later one wins; a nil one
// does nothing.
type Option func(*config)

// config is what the options of a client are applied to.
type config struct {
	settings
	c *C.uns_config
}

// WithAPIKey sets the API key. White space around it is trimmed; inside, only visible ASCII is acceptable.
func WithAPIKey(key string) Option {
	return func(cfg *config) {
		cfg.text("API key", key, func(text *C.char) setterResult { return C.uns_config_set_api_key(cfg.c, text) })
	}
}

// WithBaseURL sets the service's base URL: https, or http for loopback hosts only (see [WithPlainHTTP]). The default is
// https://platform.unstructuredapp.io. A path prefix is kept; a trailing "/" or "/api/v1" is dropped.
func WithBaseURL(url string) Option {
	return func(cfg *config) {
		cfg.text("base URL", url, func(text *C.char) setterResult { return C.uns_config_set_base_url(cfg.c, text) })
	}
}

// WithTimeout sets how long one call may take as a whole: name look-up, connecting, TLS, every retry and every pause.
// The default is 30 s; zero is unacceptable.
func WithTimeout(timeout time.Duration) Option {
	return func(cfg *config) {
		cfg.duration("timeout", timeout, func(ms C.uint64_t) setterResult {
			return C.uns_config_set_timeout_ms(cfg.c, ms)
		})
	}
}

// WithConnectTimeout sets how long name look-up, TCP and TLS of one attempt may take together. The default is 10 s;
// zero is unacceptable.
func WithConnectTimeout(timeout time.Duration) Option {
	return func(cfg *config) {
		cfg.duration("connect timeout", timeout, func(ms C.uint64_t) setterResult {
			return C.uns_config_set_connect_timeout_ms(cfg.c, ms)
		})
	}
}

// WithMaxRetries sets how many times a request is tried again after a connection failure, a broken response, HTTP 408,
// 425, 429 or any 5xx but 501 and 505, as far as the timeout allows. The default is 3; 0 turns retries off.
func WithMaxRetries(retries int) Option {
	return func(cfg *config) {
		if retries < 0 || int64(retries) > math.MaxUint32 {
			cfg.fail(invalidArgument("the number of retries is out of range: %d", retries))
			return
		}
		cfg.set("number of retries", C.uns_config_set_max_retries(cfg.c, C.uint32_t(retries)))
	}
}

// WithProxy sets the proxy: "http://[user[:password]@]host[:port]", the same with https, or "none". The default is what
// the environment says (https_proxy, http_proxy, all_proxy, no_proxy), by curl's rules.
func WithProxy(proxy string) Option {
	return func(cfg *config) {
		cfg.text("proxy", proxy, func(text *C.char) setterResult { return C.uns_config_set_proxy(cfg.c, text) })
	}
}

// WithCAFile trusts the certificates in a PEM file instead of the built-in ones (Mozilla's).
func WithCAFile(path string) Option {
	return func(cfg *config) {
		cfg.text("CA file", path, func(text *C.char) setterResult { return C.uns_config_set_ca_file(cfg.c, text) })
	}
}

// WithCAPEM trusts PEM certificates instead of the built-in ones (Mozilla's).
func WithCAPEM(pem []byte) Option {
	return func(cfg *config) {
		text := append(pem[:len(pem):len(pem)], 0) // C wants an address, which an empty slice may not have
		cfg.set("CA certificates", C.uns_config_set_ca_pem(cfg.c, (*C.uint8_t)(&text[0]), C.size_t(len(pem))))
	}
}

// WithAdditionalCAFile trusts the certificates in a PEM file as well as those trusted already.
func WithAdditionalCAFile(path string) Option {
	return func(cfg *config) {
		cfg.text("CA file", path, func(text *C.char) setterResult { return C.uns_config_add_ca_file(cfg.c, text) })
	}
}

// WithAdditionalCAPEM trusts PEM certificates as well as those trusted already.
func WithAdditionalCAPEM(pem []byte) Option {
	return func(cfg *config) {
		text := append(pem[:len(pem):len(pem)], 0)
		cfg.set("CA certificates", C.uns_config_add_ca_pem(cfg.c, (*C.uint8_t)(&text[0]), C.size_t(len(pem))))
	}
}

// WithUserAgent sets the User-Agent header: 1 to 512 visible ASCII characters, with blanks only between them.
func WithUserAgent(agent string) Option {
	return func(cfg *config) {
		cfg.text("user agent", agent, func(text *C.char) setterResult { return C.uns_config_set_user_agent(cfg.c, text) })
	}
}

// WithPlainHTTP allows http to hosts other than this one: the API key then crosses the network unencrypted.
func WithPlainHTTP() Option {
	return func(cfg *config) { cfg.set("plain HTTP", C.uns_config_set_allow_plain_http(cfg.c, true)) }
}

// WithMaxResponseBytes sets the largest response that is accepted. The default is 16 MiB; zero is unacceptable.
func WithMaxResponseBytes(bytes uint64) Option {
	return func(cfg *config) {
		cfg.set("response limit", C.uns_config_set_max_response_bytes(cfg.c, C.uint64_t(bytes)))
	}
}
