/**
 * @file unstructured_jobs.hpp
 *
 * What is this Unstructured job doing, and how did it end? C++17 over unstructured_jobs.h; nothing to link but that.
 *
 *     auto client = unstructured::client::from_env();
 *     auto details = client.wait("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e");
 *     std::cout << details.id() << " ended " << details.processing_status_text() << '\n';
 *
 * - What owns something is move-only and frees it. What it was moved from may only be destroyed or assigned to.
 * - Failures are unstructured::error. Text given must hold no NUL: that too is an error, of code
 *   UNS_ERROR_INVALID_ARGUMENT.
 * - Views (std::string_view, job_view, node_view and the like) point into the object they came from, and live as long as
 *   it does.
 * - Threads: as unstructured_jobs.h says. A client may be used from many at once.
 */

#ifndef UNSTRUCTURED_JOBS_HPP
#define UNSTRUCTURED_JOBS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "unstructured_jobs.h"

namespace unstructured {

/** Why a call failed. what() is the sentence that uns_error calls `message`. */
class error : public std::runtime_error {
public:
    error(uns_result code, const std::string &message) : std::runtime_error(message), code_(code) {}

    explicit error(const uns_error &from)
        : std::runtime_error(from.message),
          code_(from.result),
          http_status_(from.http_status),
          retryable_(from.retryable),
          retry_after_ms_(from.retry_after_ms),
          attempts_(from.attempts) {}

    uns_result code() const noexcept { return code_; }
    /** The HTTP status that was answered, if one was. */
    std::optional<int> http_status() const noexcept {
        return http_status_ == 0 ? std::nullopt : std::optional<int>(http_status_);
    }
    /** Whether asking again later may well succeed. */
    bool retryable() const noexcept { return retryable_; }
    /** How long the service asked to be left alone, if it did. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        constexpr auto longest = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
        if (retry_after_ms_ == 0) return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(
            retry_after_ms_ < longest ? retry_after_ms_ : longest));
    }
    /** How many requests were tried, the failed one included; 0 if none was. */
    std::uint32_t attempts() const noexcept { return attempts_; }

private:
    uns_result code_;
    std::uint16_t http_status_ = 0;
    bool retryable_ = false;
    std::uint64_t retry_after_ms_ = 0;
    std::uint32_t attempts_ = 0;
};

namespace detail {

template <auto Free>
struct deleter {
    template <class T>
    void operator()(T *pointer) const noexcept {
        Free(pointer);
    }
};

template <class T, auto Free>
using owned = std::unique_ptr<T, deleter<Free>>;

inline void throw_unless_ok(uns_result result, const uns_error *failure) {
    if (result == UNS_OK) return;
    if (failure != nullptr) throw error(*failure);
    throw error(result, uns_result_name(result));
}

/** Makes the C call with a place for its error, and throws that. */
template <class Call>
void check(const Call &call) {
    uns_error *raw = nullptr;
    const uns_result result = call(&raw);
    const owned<uns_error, uns_error_free> failure(raw);
    throw_unless_ok(result, failure.get());
}

inline void check_setting(uns_result result, const char *name) {
    if (result != UNS_OK) throw error(result, std::string(name) + " is not acceptable");
}

template <class T>
T *not_null(T *made) {
    if (made == nullptr) throw error(UNS_ERROR_INTERNAL, uns_result_name(UNS_ERROR_INTERNAL));
    return made;
}

/** C would stop at a NUL. */
inline void refuse_nul(std::string_view text, const char *name) {
    if (text.find('\0') != std::string_view::npos) {
        throw error(UNS_ERROR_INVALID_ARGUMENT, std::string(name) + " contains a NUL character");
    }
}

inline std::string terminated(std::string_view text, const char *name) {
    refuse_nul(text, name);
    return std::string(text);
}

inline std::uint64_t milliseconds(std::chrono::milliseconds duration, const char *name) {
    if (duration.count() < 0) throw error(UNS_ERROR_INVALID_ARGUMENT, std::string(name) + " is negative");
    return static_cast<std::uint64_t>(duration.count());
}

inline std::optional<std::string_view> optional(const char *text) {
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
}

/** A C array as a range of views, each made when it is looked at. */
template <class View, class Item>
class range {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = View;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = View;

        iterator() = default;
        explicit iterator(const Item *at) : at_(at) {}
        View operator*() const { return View(*at_); }
        iterator &operator++() {
            ++at_;
            return *this;
        }
        iterator operator++(int) {
            const iterator before = *this;
            ++at_;
            return before;
        }
        friend bool operator==(iterator a, iterator b) { return a.at_ == b.at_; }
        friend bool operator!=(iterator a, iterator b) { return a.at_ != b.at_; }

    private:
        const Item *at_ = nullptr;
    };

    range() = default;
    range(const Item *items, std::size_t size) : items_(items), size_(size) {}
    iterator begin() const { return iterator(items_); }
    iterator end() const { return iterator(size_ == 0 ? items_ : items_ + size_); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /** `index` must be less than size(). */
    View operator[](std::size_t index) const { return View(items_[index]); }

private:
    const Item *items_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace detail

/** The counts of one workflow node: whole numbers of documents. */
class node_view {
public:
    explicit node_view(const uns_node_stats &node) : node_(&node) {}

    std::optional<std::string_view> node_name() const { return detail::optional(node_->node_name); }
    std::optional<std::string_view> node_type() const { return detail::optional(node_->node_type); }
    std::optional<std::string_view> node_subtype() const { return detail::optional(node_->node_subtype); }
    std::uint64_t ready() const noexcept { return node_->ready; }
    std::uint64_t in_progress() const noexcept { return node_->in_progress; }
    std::uint64_t success() const noexcept { return node_->success; }
    std::uint64_t failure() const noexcept { return node_->failure; }

private:
    const uns_node_stats *node_;
};

/** The details of a job, owned by somebody else: by job_details, by job_outcomes, or by a wait that shows them. */
class job_view {
public:
    explicit job_view(const uns_job_details &details) : details_(&details) {}

    std::string_view id() const { return details_->id; }
    uns_processing_status processing_status() const noexcept { return details_->processing_status; }
    /** As the service sent it: "IN_PROGRESS". */
    std::string_view processing_status_text() const { return details_->processing_status_text; }
    /** Whether the job has ended. With an unknown status it has not. */
    bool is_terminal() const noexcept { return uns_processing_status_is_terminal(processing_status()); }
    /** Whether it has ended well. */
    bool is_success() const noexcept { return processing_status() == UNS_PROCESSING_STATUS_SUCCESS; }
    /** One for each node of the workflow, in the service's order. */
    detail::range<node_view, uns_node_stats> node_stats() const {
        return {details_->node_stats, details_->node_stats_len};
    }
    std::optional<std::string_view> message() const { return detail::optional(details_->message); }
    /** The counts of all nodes together. */
    uns_node_totals totals() const {
        uns_node_totals totals = {0, 0, 0, 0};
        detail::check_setting(uns_job_details_totals(details_, &totals), "details");
        return totals;
    }
    /** How much of the work that the service has counted is done, 0 to 1; nothing while it has counted none. */
    std::optional<double> fraction_done() const {
        const double fraction = uns_job_details_fraction_done(details_);
        return fraction < 0 ? std::nullopt : std::optional<double>(fraction);
    }

private:
    const uns_job_details *details_;
};

/** The details of a job. */
class job_details : public job_view {
public:
    /** Takes over what a C function handed out. */
    explicit job_details(uns_job_details *details) : job_view(*detail::not_null(details)), owned_(details) {}

private:
    detail::owned<uns_job_details, uns_job_details_free> owned_;
};

/** A document that failed, and why. */
struct failed_file_view {
    explicit failed_file_view(const uns_failed_file &file) : document(file.document), error(file.error) {}

    std::string_view document;
    std::string_view error;
};

/** The documents of a job that failed: a range of failed_file_view. */
class failed_files : public detail::range<failed_file_view, uns_failed_file> {
public:
    /** Takes over what a C function handed out. */
    explicit failed_files(uns_failed_files *files)
        : range(detail::not_null(files)->files, files->files_len), owned_(files) {}

private:
    detail::owned<uns_failed_files, uns_failed_files_free> owned_;
};

/** What came of one job of many. */
class job_outcome_view {
public:
    explicit job_outcome_view(const uns_job_outcome &outcome) : outcome_(&outcome) {}

    /** Whether the job has ended, whatever the end. */
    explicit operator bool() const noexcept { return outcome_->result == UNS_OK; }
    uns_result code() const noexcept { return outcome_->result; }
    /** The job's last details; throws why there are none. */
    job_view details() const {
        if (outcome_->error != nullptr) throw unstructured::error(*outcome_->error);
        return job_view(*outcome_->details);
    }
    /** Why there are no details, if there are none. */
    std::optional<unstructured::error> error() const {
        if (outcome_->error == nullptr) return std::nullopt;
        return unstructured::error(*outcome_->error);
    }

private:
    const uns_job_outcome *outcome_;
};

/** What came of many jobs, in the order given: a range of job_outcome_view. */
class job_outcomes : public detail::range<job_outcome_view, uns_job_outcome> {
public:
    /** Takes over what a C function handed out. */
    explicit job_outcomes(uns_job_outcomes *outcomes)
        : range(detail::not_null(outcomes)->outcomes, outcomes->outcomes_len), owned_(outcomes) {}

private:
    detail::owned<uns_job_outcomes, uns_job_outcomes_free> owned_;
};

/** Settings for a client: the uns_config_set_* functions, to be chained. The client's constructor checks them. */
class config {
public:
    /** The defaults, and no API key. */
    config() : config(uns_config_new()) {}
    /** The API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL. */
    static config from_env() { return config(uns_config_new_from_env()); }

    config &api_key(std::string_view key) { return set_text(uns_config_set_api_key, key, "the API key"); }
    config &base_url(std::string_view url) { return set_text(uns_config_set_base_url, url, "the base URL"); }
    config &timeout(std::chrono::milliseconds timeout) {
        return set(uns_config_set_timeout_ms, detail::milliseconds(timeout, "the timeout"), "the timeout");
    }
    config &connect_timeout(std::chrono::milliseconds timeout) {
        return set(uns_config_set_connect_timeout_ms, detail::milliseconds(timeout, "the connect timeout"),
                   "the connect timeout");
    }
    config &max_retries(std::uint32_t retries) {
        return set(uns_config_set_max_retries, retries, "the number of retries");
    }
    config &proxy(std::string_view proxy) { return set_text(uns_config_set_proxy, proxy, "the proxy"); }
    /** Instead of the built-in certificates. */
    config &ca_file(std::string_view path) { return set_text(uns_config_set_ca_file, path, "the CA file"); }
    /** Instead of the built-in certificates. */
    config &ca_pem(std::string_view pem) { return set_bytes(uns_config_set_ca_pem, pem); }
    /** As well as those trusted already. */
    config &add_ca_file(std::string_view path) { return set_text(uns_config_add_ca_file, path, "the CA file"); }
    /** As well as those trusted already. */
    config &add_ca_pem(std::string_view pem) { return set_bytes(uns_config_add_ca_pem, pem); }
    config &user_agent(std::string_view text) { return set_text(uns_config_set_user_agent, text, "the user agent"); }
    config &allow_plain_http(bool allow) { return set(uns_config_set_allow_plain_http, allow, "plain HTTP"); }
    config &max_response_bytes(std::uint64_t bytes) {
        return set(uns_config_set_max_response_bytes, bytes, "the maximum response size");
    }

    const uns_config *get() const noexcept { return owned_.get(); }

private:
    explicit config(uns_config *made) : owned_(detail::not_null(made)) {}

    template <class Setter, class Value>
    config &set(Setter setter, Value value, const char *name) {
        detail::check_setting(setter(owned_.get(), value), name);
        return *this;
    }
    template <class Setter>
    config &set_text(Setter setter, std::string_view text, const char *name) {
        return set(setter, detail::terminated(text, name).c_str(), name);
    }
    template <class Setter>
    config &set_bytes(Setter setter, std::string_view pem) {
        // an empty view may hold a null pointer; the library is to see that it is empty, not that it is missing
        const auto *bytes = reinterpret_cast<const std::uint8_t *>(pem.empty() ? "" : pem.data());
        detail::check_setting(setter(owned_.get(), bytes, pem.size()), "the CA certificates");
        return *this;
    }

    detail::owned<uns_config, uns_config_free> owned_;
};

/** Ends the calls that were given it, at once and from any thread: by wait_options, or by client::with_cancel_token. */
class cancel_token {
public:
    cancel_token() : owned_(detail::not_null(uns_cancel_token_new())) {}

    /** Takes no lock and allocates nothing: it may be called from a signal handler. Cannot be undone. */
    void cancel() const noexcept { uns_cancel_token_cancel(owned_.get()); }

    const uns_cancel_token *get() const noexcept { return owned_.get(); }

private:
    detail::owned<uns_cancel_token, uns_cancel_token_free> owned_;
};

/** When to look, and when to stop: the uns_wait_options_set_* functions, to be chained. */
class wait_options {
public:
    wait_options() : owned_(detail::not_null(uns_wait_options_new())) {}

    wait_options &timeout(std::chrono::milliseconds timeout) {
        return set(uns_wait_options_set_timeout_ms, timeout, "the wait's timeout");
    }
    wait_options &initial_interval(std::chrono::milliseconds interval) {
        return set(uns_wait_options_set_initial_interval_ms, interval, "the initial interval");
    }
    wait_options &max_interval(std::chrono::milliseconds interval) {
        return set(uns_wait_options_set_max_interval_ms, interval, "the maximum interval");
    }
    wait_options &max_outage(std::chrono::milliseconds outage) {
        return set(uns_wait_options_set_max_outage_ms, outage, "the maximum outage");
    }
    wait_options &cancel_token(const unstructured::cancel_token &token) {
        detail::check_setting(uns_wait_options_set_cancel_token(owned_.get(), token.get()), "the cancel token");
        return *this;
    }

    const uns_wait_options *get() const noexcept { return owned_.get(); }

private:
    template <class Setter>
    wait_options &set(Setter setter, std::chrono::milliseconds value, const char *name) {
        detail::check_setting(setter(owned_.get(), detail::milliseconds(value, name)), name);
        return *this;
    }

    detail::owned<uns_wait_options, uns_wait_options_free> owned_;
};

namespace detail {

/** Carries an observer through C: its answer, and the exception that it may throw. */
template <class Observer>
class carried {
public:
    explicit carried(Observer &observer) : observer_(observer) {}

    static bool one(const uns_event *event, void *self) noexcept {
        return !has_response(*event) || static_cast<carried *>(self)->ask(job_view(*event->details));
    }
    static bool many(const uns_event *event, void *self) noexcept {
        return !has_response(*event) || static_cast<carried *>(self)->ask(event->index, job_view(*event->details));
    }
    void rethrow() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    static bool has_response(const uns_event &event) noexcept {
        return event.kind == UNS_EVENT_RESPONDED || event.kind == UNS_EVENT_ENDED;
    }

    template <class... Arguments>
    bool ask(const Arguments &...arguments) noexcept {
        try {
            if constexpr (std::is_void_v<std::invoke_result_t<Observer &, const Arguments &...>>) {
                observer_(arguments...);
                return true;
            } else {
                return static_cast<bool>(observer_(arguments...));
            }
        } catch (...) {
            thrown_ = std::current_exception();
            return false;
        }
    }

    Observer &observer_;
    std::exception_ptr thrown_;
};

}  // namespace detail

/**
 * Asks the service about jobs.
 *
 * Observers see every answer on the thread that waits, as `const job_view &`, for wait_all with the position of the id
 * before it. They return whether to go on, or nothing. An exception ends the wait and reaches the caller. They may use
 * the client, but not destroy it.
 */
class client {
public:
    explicit client(const config &settings) : client(settings.get()) {}
    /** With the default settings, the API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL. */
    static client from_env() { return client(static_cast<const uns_config *>(nullptr)); }

    /** Asks once how the job is doing, with retries as configured. */
    unstructured::job_details job_details(std::string_view job_id) const {
        const std::string id = detail::terminated(job_id, "the job id");
        uns_job_details *details = nullptr;
        detail::check([&](uns_error **error) {
            return uns_client_job_details(owned_.get(), id.c_str(), &details, error);
        });
        return unstructured::job_details(details);
    }

    /** Asks which documents of the job failed, and why. */
    unstructured::failed_files failed_files(std::string_view job_id) const {
        const std::string id = detail::terminated(job_id, "the job id");
        uns_failed_files *files = nullptr;
        detail::check([&](uns_error **error) {
            return uns_client_failed_files(owned_.get(), id.c_str(), &files, error);
        });
        return unstructured::failed_files(files);
    }

    /** Asks again until the job ends, whatever the end. */
    unstructured::job_details wait(std::string_view job_id) const {
        return wait(job_id, wait_options(), [](const job_view &) {});
    }
    unstructured::job_details wait(std::string_view job_id, const wait_options &options) const {
        return wait(job_id, options, [](const job_view &) {});
    }
    template <class Observer>
    unstructured::job_details wait(std::string_view job_id, const wait_options &options, Observer &&observer) const {
        using carried = detail::carried<std::remove_reference_t<Observer>>;
        const std::string id = detail::terminated(job_id, "the job id");
        carried carrier(observer);
        uns_job_details *details = nullptr;
        const auto call = [&](uns_error **error) {
            return uns_client_wait(owned_.get(), id.c_str(), options.get(), carried::one, &carrier, &details, error);
        };
        return finish<unstructured::job_details>(call, details, carrier);
    }

    /** Waits for any number of jobs on this thread. One job's failure is in its outcome, and does not end the others. */
    job_outcomes wait_all(const std::vector<std::string> &job_ids) const {
        return wait_all(job_ids, wait_options());
    }
    job_outcomes wait_all(const std::vector<std::string> &job_ids, const wait_options &options) const {
        return wait_all(job_ids, options, [](std::size_t, const job_view &) {});
    }
    template <class Observer>
    job_outcomes wait_all(const std::vector<std::string> &job_ids, const wait_options &options,
                          Observer &&observer) const {
        using carried = detail::carried<std::remove_reference_t<Observer>>;
        std::vector<const char *> ids;
        ids.reserve(job_ids.size());
        for (const std::string &id : job_ids) {
            detail::refuse_nul(id, "a job id");
            ids.push_back(id.c_str());
        }
        carried carrier(observer);
        uns_job_outcomes *outcomes = nullptr;
        const auto call = [&](uns_error **error) {
            return uns_client_wait_all(owned_.get(), ids.data(), ids.size(), options.get(), carried::many, &carrier,
                                       &outcomes, error);
        };
        return finish<job_outcomes>(call, outcomes, carrier);
    }

    /**
     * The same client, every call through which the token ends too, at once, with UNS_ERROR_CANCELLED: for calls that
     * one may have to give up. Shares connections and shutdown with this one; neither this one nor the token has to live
     * as long.
     */
    client with_cancel_token(const unstructured::cancel_token &token) const {
        uns_client *made = nullptr;
        detail::check([&](uns_error **error) {
            return uns_client_with_cancel_token(owned_.get(), token.get(), &made, error);
        });
        return client(made);
    }

    /**
     * Ends every call on this client, in any thread, at once, with UNS_ERROR_CANCELLED; later ones too. Takes no lock and
     * allocates nothing: it may be called from a signal handler. Join the threads that use the client before it goes.
     */
    void shutdown() const noexcept { uns_client_shutdown(owned_.get()); }

    const uns_client *get() const noexcept { return owned_.get(); }

private:
    explicit client(uns_client *made) : owned_(made) {}

    explicit client(const uns_config *settings) {
        uns_client *made = nullptr;
        detail::check([&](uns_error **error) { return uns_client_new(settings, &made, error); });
        owned_.reset(made);
    }

    /** Throws the observer's exception rather than the call's error, which is only its consequence. */
    template <class Result, class Call, class Out, class Carrier>
    static Result finish(const Call &call, Out *&out, const Carrier &carrier) {
        uns_error *raw = nullptr;
        const uns_result result = call(&raw);
        const detail::owned<uns_error, uns_error_free> failure(raw);
        std::optional<Result> answer;
        if (out != nullptr) answer.emplace(out);
        carrier.rethrow();
        detail::throw_unless_ok(result, failure.get());
        return std::move(answer).value();
    }

    detail::owned<uns_client, uns_client_free> owned_;
};

}  // namespace unstructured

#endif  // UNSTRUCTURED_JOBS_HPP
