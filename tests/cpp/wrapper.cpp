// Tests of unstructured_jobs.hpp: cpp_tests SERVICE_URL CLOSED_URL. Exits with 0 if all of them pass.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <iostream>
#include <iterator>
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
    const auto config =
        uns::config().api_key("key").base_url(url).max_retries(0).timeout(20s).connect_timeout(20s).proxy("none");
    return uns::client(config);
}

static bool serves(const uns::client &client) {
    const uns::job_details details = client.job_details("ok");
    return details.id() == "ok";
}

static uns::wait_options quick() {
    return uns::wait_options().initial_interval(10ms).max_interval(20ms);
}

static_assert(!std::is_copy_constructible_v<uns::client> && std::is_nothrow_move_constructible_v<uns::client>);
static_assert(!std::is_copy_constructible_v<uns::config> && std::is_nothrow_move_constructible_v<uns::config>);
static_assert(!std::is_copy_constructible_v<uns::job_details>);
static_assert(std::is_nothrow_move_constructible_v<uns::job_details>);
static_assert(!std::is_copy_constructible_v<uns::job_outcomes> && !std::is_copy_constructible_v<uns::failed_files>);
static_assert(!std::is_copy_constructible_v<uns::file_statuses>);
static_assert(!std::is_copy_constructible_v<uns::cancel_token> && !std::is_copy_constructible_v<uns::wait_options>);
static_assert(!std::is_convertible_v<uns::job_details, uns::job_view>, "a view of a temporary");
static_assert(std::is_convertible_v<const uns::job_details &, uns::job_view>);
#ifdef __cpp_lib_ranges
static_assert(std::ranges::random_access_range<uns::nodes_view> && std::ranges::sized_range<uns::nodes_view>);
static_assert(std::ranges::view<uns::nodes_view> && std::ranges::borrowed_range<uns::nodes_view>);
static_assert(std::ranges::random_access_range<const uns::failed_files &>);
static_assert(std::ranges::random_access_range<const uns::job_outcomes &>);
#endif
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

    // as an array is
    const auto nodes = details.node_stats();
    CHECK(nodes.end() - nodes.begin() == 2 && nodes.begin()[1].success() == UINT64_MAX);
    CHECK((nodes.begin() + 1)->failure() == 0 && (1 + nodes.begin())->success() == UINT64_MAX);
    auto at = nodes.end();
    CHECK((--at)->success() == UINT64_MAX && (at -= 1) == nodes.begin() && at < nodes.end() && nodes.end() >= at);
    CHECK(at++ == nodes.begin() && at-- != nodes.begin() && at <= nodes.begin() && nodes.end() > at);
    const auto most = std::max_element(nodes.begin(), nodes.end(),
                                       [](auto a, auto b) { return a.success() < b.success(); });
    CHECK(most - nodes.begin() == 1 && std::distance(nodes.begin(), nodes.end() - 1) == 1);
    const std::vector<uns::node_view> sorted(std::reverse_iterator(nodes.end()), std::reverse_iterator(nodes.begin()));
    CHECK(sorted[0].success() == UINT64_MAX && sorted[1].node_name() == "Partitioner");

    uns::job_details empty = client.job_details("empty");
    uns::job_details moved = std::move(empty);
    CHECK(moved.node_stats().empty() && moved.node_stats().begin() == moved.node_stats().end());
    CHECK(!moved.message() && !moved.fraction_done() && !moved.is_terminal());
    moved = client.job_details("ok");
    CHECK(moved.id() == "ok");
    const uns::job_view view = moved;
    CHECK(view.id() == "ok" && view.id().data() == moved.view().id().data());

    // nothing of what was moved from is looked at
    const auto gone = [&](auto use) {
        const uns::error why = thrown([&] { use(empty); });
        CHECK(why.code() == UNS_ERROR_INVALID_ARGUMENT);
        CHECK(std::string_view(why.what()) == "the details were moved from");
    };
    gone([](const uns::job_details &of) { of.id(); });
    gone([](const uns::job_details &of) { of.node_stats(); });
    gone([](const uns::job_details &of) { of.processing_status(); });
    gone([](const uns::job_details &of) { of.is_terminal(); });
    gone([](const uns::job_details &of) { of.totals(); });
    gone([](const uns::job_details &of) { (void)static_cast<uns::job_view>(of); });
}

static void failed_files(const uns::client &client) {
    std::string all;
    const uns::failed_files files = client.failed_files("ok");
    for (const auto file : files) all.append(file.document).append("=").append(file.error).append(";");
    CHECK(all == "a.pdf=too large;\xc3\xbc.pdf=;");
    CHECK(client.failed_files("empty").empty());

    uns::failed_files from = client.failed_files("ok");
    const uns::failed_files to = std::move(from);
    CHECK(from.empty() && from.begin() == from.end() && to.size() == 2);
    CHECK(to.begin()[1].document == "\xc3\xbc.pdf" && to.begin()->error == "too large" && to[1].error.empty());
}

static void file_statuses(const uns::client &client) {
    uns::file_statuses files = client.file_statuses("ok");
    CHECK(files.id() == "ok" && files.generated_at() == "2026-11-25T10:00:00Z");
    CHECK(files.truncated() && files.index_finished() && files.size() == 3 && files.end() - files.begin() == 3);
    const uns::file_status_view first = files[0];
    CHECK(first.state() == UNS_FILE_STATE_IN_PROGRESS && first.state_text() == "IN_PROGRESS");
    CHECK(first.document() == "\xc3\xbc.pdf" && first.record_id() == "r-1" && !first.error());
    CHECK(first.node_id() == "n-1" && first.node_state_text() == "RUNNING" && first.tries() == 2);
    CHECK(first.discovered_by_node_id() == "n-0");
    CHECK(first.seconds() == 12.5s && first.node_seconds() == 3s);
    CHECK(files.begin()[1].state() == UNS_FILE_STATE_FAILURE && files[1].error() == "too large");
    const uns::file_status_view last = *(files.end() - 1);
    CHECK(last.state() == UNS_FILE_STATE_UNKNOWN && last.state_text() == "PAUSED" && last.document().empty());
    CHECK(!last.record_id() && !last.node_id() && !last.node_state_text() && !last.discovered_by_node_id());
    CHECK(last.tries() == 0 && !last.seconds() && !last.node_seconds());

    const uns::file_statuses none = client.file_statuses("empty");
    CHECK(none.empty() && !none.generated_at() && !none.truncated() && !none.index_finished());
    CHECK(thrown([&] { client.file_statuses(".."); }).code() == UNS_ERROR_INVALID_ARGUMENT);

    const uns::file_statuses moved = std::move(files);
    CHECK(moved.size() == 3 && files.empty());
    CHECK(std::string_view(thrown([&] { files.id(); }).what()) == "the file statuses were moved from");
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
    CHECK(thrown([] { uns::wait_options().until_exists(-1ms); }).code() == UNS_ERROR_INVALID_ARGUMENT);
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
    const uns::client emptied = std::move(plain);
    CHECK(thrown([&] { plain.job_details("ok"); }).code() == UNS_ERROR_INVALID_ARGUMENT);

    // NULL means the environment to C, or the defaults, or no token: what was moved from is no such wish
    uns::config settings;
    const uns::config new_settings = std::move(settings);
    CHECK(std::string_view(thrown([&] { uns::client{settings}; }).what()) == "the settings were moved from");
    CHECK(thrown([&] { settings.timeout(1s); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    CHECK(thrown([&] { settings.ca_pem(""); }).code() == UNS_ERROR_INVALID_ARGUMENT);
    uns::wait_options options;
    uns::wait_options new_options = std::move(options);
    CHECK(std::string_view(thrown([&] { client.wait("ok", options); }).what()) == "the options were moved from");
    uns::cancel_token token;
    const uns::cancel_token new_token = std::move(token);
    const uns::error no_token = thrown([&] { new_options.cancel_token(token); });
    CHECK(std::string_view(no_token.what()) == "the cancel token was moved from");
    CHECK(thrown([&] { client.with_cancel_token(token); }).code() == UNS_ERROR_INVALID_ARGUMENT);
}

static void waiting(const uns::client &client) {
    CHECK(client.wait("failed").processing_status() == UNS_PROCESSING_STATUS_FAILED);

    std::string statuses;
    const uns::job_details end = client.wait("steps_cpp", quick(), [&](const uns::event_view &event) {
        statuses.append(event.details().value().processing_status_text()).append(" ");
        CHECK(event.kind() == (event.next_poll_in() ? UNS_EVENT_RESPONDED : UNS_EVENT_ENDED));
        CHECK(event.job_id() == "steps_cpp" && event.index() == 0 && event.failures() == 0 && !event.error());
        CHECK(event.next_poll_in().value_or(1ms) <= 30ms);
        CHECK(serves(client));
    });
    CHECK(end.is_success() && end.is_terminal());
    CHECK(statuses == "SCHEDULED IN_PROGRESS SUCCESS ");

    CHECK(thrown([&] { client.wait("forever", quick(), [](const uns::event_view &) { return false; }); }).code()
          == UNS_ERROR_CANCELLED);
    CHECK(thrown([&] { client.wait("forever", quick().timeout(50ms)); }).code() == UNS_ERROR_TIMEOUT);
    std::uint32_t failed = 0;
    const uns::error unavailable = thrown([&] {
        client.wait("status_503", quick().max_outage(0ms), [&](const uns::event_view &event) {
            failed += event.failures();
            CHECK(event.kind() == UNS_EVENT_GAVE_UP && !event.details() && !event.next_poll_in());
            CHECK(event.error() && event.error()->http_status() == 503);
        });
    });
    CHECK(failed == 1 && unavailable.http_status() == 503);
    CHECK(thrown([&] { client.wait("ok", uns::wait_options().initial_interval(9ms)); }).code()
          == UNS_ERROR_INVALID_ARGUMENT);
}

// What an observer throws reaches the caller as it was, also from the very last response, and the client stays usable.
static void exceptions(const uns::client &client) {
    struct mine {
        int value;
    };
    for (const char *job_id : {"forever", "failed"}) {
        int caught = 0;
        int responses = 0;
        try {
            client.wait(job_id, quick(), [&](const uns::event_view &) {
                responses++;
                throw mine{7};
            });
        } catch (const mine &error) {
            caught = error.value;
        }
        CHECK(caught == 7 && responses == 1);
    }
    bool caught = false;
    try {
        client.wait_all({"forever", "ok"}, quick(), [](const uns::event_view &) -> bool {
            throw std::bad_alloc();
        });
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught);
    CHECK(serves(client));
}

static void many(const uns::client &client) {
    std::size_t responses = 0;
    std::size_t gave_up = 0;
    const uns::job_outcomes outcomes =
        client.wait_all({"steps_many", "status_404", "ok"}, quick(), [&](const uns::event_view &event) {
            if (event.kind() == UNS_EVENT_GAVE_UP) {
                gave_up++;
                CHECK(event.index() == 1 && event.job_id() == "status_404");
                return true;
            }
            responses++;
            CHECK((event.index() == 2) == (event.details().value().id() == "ok"));
            return true;
        });
    CHECK(responses == 4 && gave_up == 1);
    CHECK(outcomes.size() == 3);
    CHECK(outcomes[0] && outcomes[0].details().is_success() && !outcomes[0].error());
    CHECK(outcomes[0].last_details().value().is_success() && !outcomes[1].last_details());
    CHECK(!outcomes[1] && outcomes[1].code() == UNS_ERROR_NOT_FOUND);
    const std::optional<uns::error> why = outcomes[1].error();
    CHECK(why && why->http_status() == 404);
    CHECK(thrown([&] { outcomes[1].details(); }).code() == UNS_ERROR_NOT_FOUND);
    CHECK(outcomes[2].details().message() == "two failed");
    const uns::job_outcomes stopped =
        client.wait_all({"forever"}, quick(), [](const uns::event_view &) { return false; });
    CHECK(!stopped[0] && stopped[0].code() == UNS_ERROR_CANCELLED);
    CHECK(stopped[0].last_details().value().processing_status() == UNS_PROCESSING_STATUS_IN_PROGRESS);
    CHECK(client.wait_all({}).empty());
    const uns::job_outcomes one = client.wait_all({"failed"}, quick());
    CHECK(one[0].code() == UNS_OK && one.begin()->details().id() == "failed" && one.end() - one.begin() == 1);
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

    CHECK(client.wait("failed", slow().cancel_token(token).no_cancel_token()).is_terminal());

    // calls of every kind, through a handle that outlives both what it was made of and the token
    const auto cancelled = [&url](auto call) {
        auto token_now = std::make_unique<uns::cancel_token>();
        auto made_of = std::make_unique<uns::client>(connect(url));
        const uns::client cancellable = made_of->with_cancel_token(*token_now);
        CHECK(serves(cancellable));
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
    cancelled([&](const uns::client &of) {
        const uns::job_outcomes outcomes = of.wait_all({"forever", "silent"}, slow());
        outcomes[0].details();
    });
    CHECK(serves(client));

    std::thread shuts_down([&] { client.shutdown(); });
    CHECK(thrown([&] { client.wait("silent", slow()); }).code() == UNS_ERROR_CANCELLED);
    shuts_down.join();
}

#ifdef __cpp_lib_jthread
// A request to stop ends calls of every kind, and those of handles made of the handle, and no others.
static void stop_tokens(const std::string &url) {
    const uns::client client = connect(url);
    std::atomic<int> ended = 0;
    {
        std::promise<void> asked;
        std::jthread waits([&](std::stop_token stop) {
            const uns::client stoppable = client.with_stop_token(stop);
            CHECK(serves(stoppable));
            asked.set_value();
            CHECK(thrown([&] { stoppable.wait("silent"); }).code() == UNS_ERROR_CANCELLED);
            CHECK(thrown([&] { stoppable.job_details("ok"); }).code() == UNS_ERROR_CANCELLED);
            ended++;
        });
        std::jthread waits_for_its_own([&](std::stop_token stop) {
            const uns::client of_temporary = client.with_stop_token(stop).with_cancel_token(uns::cancel_token());
            CHECK(thrown([&] { of_temporary.wait("silent"); }).code() == UNS_ERROR_CANCELLED);
            ended++;
        });
        asked.get_future().wait();
    }
    CHECK(ended == 2);
    CHECK(serves(client));
    CHECK(serves(client.with_stop_token({})));
    std::stop_source source;
    source.request_stop();
    CHECK(thrown([&] { client.with_stop_token(source.get_token()).job_details("ok"); }).code() == UNS_ERROR_CANCELLED);
    // a handle that is gone is not told
    std::stop_source later;
    { const uns::client gone = client.with_stop_token(later.get_token()); }
    later.request_stop();
}
#endif

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " SERVICE_URL CLOSED_URL\n";
        return 2;
    }
    try {
        const uns::client client = connect(argv[1]);
        details(client);
        failed_files(client);
        file_statuses(client);
        errors(client, argv[2]);
        waiting(client);
        exceptions(client);
        many(client);
        stopping(argv[1]);
#ifdef __cpp_lib_jthread
        stop_tokens(argv[1]);
#endif
        CHECK(serves(uns::client::from_env()));
        CHECK(serves(uns::client(uns::config::from_env())));
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
