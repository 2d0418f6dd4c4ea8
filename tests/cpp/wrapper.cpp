// Tests of unstructured_jobs.hpp: cpp_tests SERVICE_URL CLOSED_URL. Exits with 0 if all of them pass.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <thread>

#include "unstructured_jobs.hpp"

using namespace std::chrono_literals;
namespace uns = unstructured;

static int failures = 0;

#define CHECK(condition) check((condition), #condition, __LINE__)

static void check(bool holds, const char *what, int line) {
    if (holds) return;
    failures++;
    std::cerr << __FILE__ << ':' << line << ": does not hold: " << what << '\n';
}

// The error that the call throws.
template <class Call>
static uns::error thrown(Call &&call) {
    try {
        call();
    } catch (const uns::error &error) {
        return error;
    }
    failures++;
    std::cerr << "nothing was thrown\n";
    return uns::error(UNS_OK, "");
}

static uns::client connect(const std::string &url) {
    uns::config config;
    config.api_key("key").base_url(url).max_retries(0).timeout(20s).connect_timeout(20s).proxy("none");
    return uns::client(config);
}

static uns::wait_options quick() {
    uns::wait_options options;
    options.initial_interval(10ms).max_interval(20ms);
    return options;
}

static_assert(!std::is_copy_constructible_v<uns::client> && std::is_nothrow_move_constructible_v<uns::client>);
static_assert(!std::is_copy_constructible_v<uns::config> && std::is_nothrow_move_constructible_v<uns::config>);
static_assert(!std::is_copy_constructible_v<uns::job_details>);
static_assert(std::is_nothrow_move_constructible_v<uns::job_details>);
static_assert(!std::is_copy_constructible_v<uns::job_outcomes> && !std::is_copy_constructible_v<uns::failed_files>);
static_assert(!std::is_copy_constructible_v<uns::cancel_token> && !std::is_copy_constructible_v<uns::wait_options>);
static_assert(std::is_nothrow_copy_constructible_v<uns::error> && std::is_base_of_v<std::exception, uns::error>);

static void details(const uns::client &client) {
    const uns::job_details details = client.job_details("ok");
    CHECK(details.id() == "ok");
    CHECK(details.processing_status() == UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS);
    CHECK(details.processing_status_text() == "COMPLETED_WITH_ERRORS");
    CHECK(details.is_terminal() && !details.is_success());
    CHECK(details.message() == "two failed");
    CHECK(details.node_stats().size() == 2 && !details.node_stats().empty());
    std::uint64_t failed = 0;
    for (const uns::node_view node : details.node_stats()) failed += node.failure();
    CHECK(failed == 4);
    const uns::node_view first = details.node_stats()[0];
    CHECK(first.node_name() == "Partitioner" && first.node_type() == "partition" && first.node_subtype() == "auto");
    CHECK(first.ready() == 1 && first.in_progress() == 2 && first.success() == 3);
    const uns::node_view second = details.node_stats()[1];
    CHECK(!second.node_name() && !second.node_type() && !second.node_subtype());
    CHECK(second.success() == UINT64_MAX);
    CHECK(details.totals().failure == 4 && details.totals().success == UINT64_MAX);
    CHECK(details.fraction_done().value_or(0) > 0.999);

    uns::job_details empty = client.job_details("empty");
    uns::job_details moved = std::move(empty);
    CHECK(moved.node_stats().empty() && moved.node_stats().begin() == moved.node_stats().end());
    CHECK(!moved.message() && !moved.fraction_done() && !moved.is_terminal());
    moved = client.job_details("ok");
    CHECK(moved.id() == "ok");
}

static void failed_files(const uns::client &client) {
    std::string all;
    const uns::failed_files files = client.failed_files("ok");
    for (const auto file : files) all.append(file.document).append("=").append(file.error).append(";");
    CHECK(all == "a.pdf=too large;\xc3\xbc.pdf=;");
    CHECK(client.failed_files("empty").empty());
}

static void errors(const uns::client &client, const std::string &closed_url) {
    const uns::error limited = thrown([&] { client.job_details("status_429_7"); });
    CHECK(limited.code() == UNS_ERROR_RATE_LIMITED);
    CHECK(limited.http_status() == 429);
    CHECK(limited.retryable());
    CHECK(limited.retry_after() == 7s);
    CHECK(limited.attempts() == 1);
    CHECK(std::string_view(limited.what()).find("the server's words") != std::string_view::npos);

    const uns::error missing = thrown([&] { client.failed_files(".."); });
    CHECK(missing.code() == UNS_ERROR_INVALID_ARGUMENT && !missing.http_status() && !missing.retry_after());

    CHECK(thrown([&] { connect(closed_url).job_details("ok"); }).code() == UNS_ERROR_CONNECT);

    // a NUL would cut the text short in C
    CHECK(thrown([&] { client.job_details(std::string_view("ok\0x", 4)); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([&] { client.wait_all({std::string("ok\0x", 4)}); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(std::string_view(thrown([] { uns::config().api_key(std::string_view("a\0b", 3)); }).what())
          == "the API key contains a NUL character");
    CHECK(thrown([] { uns::config().base_url("\xff"); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::config().timeout(-1ms); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::wait_options().max_outage(-1ms); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(std::string_view(thrown([] { uns::client{uns::config()}; }).what()).find("there is no API key") == 0);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").ca_pem("")}; }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").add_ca_pem("")}; }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").ca_file("/nonexistent")}; }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").add_ca_file("/nonexistent")}; }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").user_agent("")}; }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").max_response_bytes(0)}; }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([] { uns::client{uns::config().api_key("a").base_url("http://example.com")}; }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
    uns::client plain{uns::config().api_key("a").base_url("http://example.com").allow_plain_http(true)};
    CHECK(plain.get() != nullptr);
    uns::client emptied = std::move(plain);
    CHECK(thrown([&] { plain.job_details("ok"); }).code() == UNS_ERROR_INVALID_ARGUMENT);
}

static void waiting(const uns::client &client) {
    CHECK(client.wait("failed").processing_status() == UNS_PROCESSING_STATUS_FAILED);

    std::string statuses;
    const uns::job_details end = client.wait("steps_cpp", quick(), [&](const uns::job_view &job) {
        statuses.append(job.processing_status_text()).append(" ");
        CHECK(client.job_details("ok").id() == "ok");
    });
    CHECK(end.is_success() && end.is_terminal());
    CHECK(statuses == "SCHEDULED IN_PROGRESS SUCCESS ");

    CHECK(thrown([&] { client.wait("forever", quick(), [](const uns::job_view &) { return false; }); }).code()
          == UNS_ERROR_CANCELLED);
    CHECK(thrown([&] { client.wait("forever", quick().timeout(50ms)); }).code() == UNS_ERROR_TIMEOUT);
    CHECK(thrown([&] { client.wait("status_503", quick().max_outage(0ms)); }).http_status() == 503);
    CHECK(thrown([&] { client.wait("ok", uns::wait_options().initial_interval(9ms)); }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
}

// What an observer throws reaches the caller as it was, also from the very last answer, and the client stays usable.
static void exceptions(const uns::client &client) {
    struct mine {
        int value;
    };
    for (const char *job_id : {"forever", "failed"}) {
        int caught = 0;
        int answers = 0;
        try {
            client.wait(job_id, quick(), [&](const uns::job_view &) {
                answers++;
                throw mine{7};
            });
        } catch (const mine &error) {
            caught = error.value;
        }
        CHECK(caught == 7 && answers == 1);
    }
    bool caught = false;
    try {
        client.wait_all({"forever", "ok"}, quick(), [](std::size_t, const uns::job_view &) -> bool {
            throw std::bad_alloc();
        });
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught);
    CHECK(client.job_details("ok").id() == "ok");
}

static void many(const uns::client &client) {
    std::size_t answers = 0;
    const uns::job_outcomes outcomes = client.wait_all(
        {"steps_many", "status_404", "ok"}, quick(), [&](std::size_t index, const uns::job_view &job) {
            answers++;
            CHECK((index == 2) == (job.id() == "ok"));
            return true;
        });
    CHECK(answers == 4);
    CHECK(outcomes.size() == 3);
    CHECK(outcomes[0] && outcomes[0].details().is_success() && !outcomes[0].error());
    CHECK(!outcomes[1] && outcomes[1].code() == UNS_ERROR_NOT_FOUND);
    const std::optional<uns::error> why = outcomes[1].error();
    CHECK(why && why->http_status() == 404);
    CHECK(thrown([&] { outcomes[1].details(); }).code() == UNS_ERROR_NOT_FOUND);
    CHECK(outcomes[2].details().message() == "two failed");
    CHECK(client.wait_all({}).empty());
    CHECK(client.wait_all({"failed"}, quick())[0].code() == UNS_OK);
}

static void stopping(const std::string &url) {
    const uns::client client = connect(url);
    const auto slow = [] {
        uns::wait_options options;
        options.max_interval(60s).initial_interval(60s);
        return options;
    };
    uns::cancel_token token;
    std::thread cancels([&] { token.cancel(); });
    CHECK(thrown([&] { client.wait("forever", slow().cancel_token(token)); }).code() == UNS_ERROR_CANCELLED);
    cancels.join();

    // calls of every kind, through a handle that outlives both what it was made of and the token
    const auto cancelled = [&url](auto call) {
        auto token_now = std::make_unique<uns::cancel_token>();
        auto made_of = std::make_unique<uns::client>(connect(url));
        const uns::client cancellable = made_of->with_cancel_token(*token_now);
        CHECK(cancellable.job_details("ok").id() == "ok");
        made_of.reset();
        std::thread gives_up([&] {
            std::this_thread::sleep_for(20ms); // in flight or not, it ends
            token_now->cancel();
            token_now.reset();
        });
        const uns::error why = thrown([&] { call(cancellable); });
        gives_up.join();
        CHECK(why.code() == UNS_ERROR_CANCELLED && !why.retryable());
        CHECK(thrown([&] { cancellable.job_details("ok"); }).code() == UNS_ERROR_CANCELLED);
    };
    cancelled([](const uns::client &of) { of.job_details("silent"); });
    cancelled([&](const uns::client &of) { of.wait("silent", slow()); });
    cancelled([&](const uns::client &of) { of.wait_all({"forever", "silent"}, slow())[0].details(); });
    CHECK(client.job_details("ok").id() == "ok");

    std::thread shuts_down([&] { client.shutdown(); });
    CHECK(thrown([&] { client.wait("silent", slow()); }).code() == UNS_ERROR_CANCELLED);
    shuts_down.join();
}

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " SERVICE_URL CLOSED_URL\n";
        return 2;
    }
    try {
        const uns::client client = connect(argv[1]);
        details(client);
        failed_files(client);
        errors(client, argv[2]);
        waiting(client);
        exceptions(client);
        many(client);
        stopping(argv[1]);
        CHECK(uns::client::from_env().job_details("ok").id() == "ok");
        CHECK(uns::client(uns::config::from_env()).job_details("ok").id() == "ok");
    } catch (const std::exception &error) {
        std::cerr << "unexpected: " << error.what() << '\n';
        return 1;
    }
    if (failures != 0) {
        std::cerr << failures << " checks failed\n";
        return 1;
    }
    std::cout << "all passed\n";
    return 0;
}
