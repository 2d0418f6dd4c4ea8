/**
 * @file unstructured_jobs.hpp
 *
 * What is this Unstructured job doing, and how did it end? C++17 over unstructured_jobs.h; nothing to link but that.
 *
 *     auto client = unstructured::client::from_env();
 *     auto details = client.wait("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e");
 *     std::cout << details.id() << " ended " << details.processing_status_text() << '\n';
 *
 * - What owns something is move-only and frees it. What was moved from may be destroyed or assigned to; any other use
 *   of it is an error, of code UNS_ERROR_INVALID_ARGUMENT.
 * - Failures are unstructured::error. Text given must hold no NUL: that too is an error, of code
 *   UNS_ERROR_INVALID_ARGUMENT.
 * - Views (std::string_view, job_view, node_view and the like) point into the object they came from, and live as long
 *   as it does. A view into a temporary does not compile: `auto details = client.wait(id);` first, then look into it.
 * - Threads: as unstructured_jobs.h says. A client may be used from many at once.
 * - uns_set_log_callback and the functions that name codes and statuses are used as they are.
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
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_jthread
#include <stop_token>
#endif
#ifdef __cpp_lib_ranges
#include <ranges>
#endif

#include "unstructured_jobs.h"

#if defined(__clang__) && __has_cpp_attribute(clang::lifetimebound)
#define UNSTRUCTURED_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define UNSTRUCTURED_LIFETIMEBOUND
#endif

/** What C++ programs use; unstructured::detail is not for them. */
namespace unstructured {

/// @cond
namespace detail {

/** C's milliseconds, 0 being none; as long as a duration can be, if they are more. */
inline std::optional<std::chrono::milliseconds> unless_zero(std::uint64_t ms) noexcept {
    constexpr auto longest = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
    if (ms == 0) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(ms < longest ? ms : longest));
}

}  // namespace detail
/// @endcond

/** Why a call failed. what() is the sentence that uns_error calls `message`. */
class error : public std::runtime_error {
public:
    /** An error of your own making. */
    error(uns_result code, const std::string &message) : std::runtime_error(message), code_(code) {}

    /** A copy of what a C function handed out. */
    explicit error(const uns_error &from)
        : std::runtime_error(from.message),
          code_(from.result),
          http_status_(from.http_status),
          retryable_(from.retryable),
          retry_after_ms_(from.retry_after_ms),
          attempts_(from.attempts) {}

    /** What kind of failure it was. */
    uns_result code() const noexcept { return code_; }
    /** The HTTP status of the response, if there was one. */
    std::optional<int> http_status() const noexcept {
        return http_status_ == 0 ? std::nullopt : std::optional<int>(http_status_);
    }
    /** Whether asking again later may well succeed. */
    bool retryable() const noexcept { return retryable_; }
    /** How long the service asked to be left alone, if it did. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        return detail::unless_zero(retry_after_ms_);
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

/// @cond
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

template <class Owned>
auto *not_moved(const Owned &owned, const char *name) {
    if (owned == nullptr) throw error(UNS_ERROR_INVALID_ARGUMENT, std::string(name) + " moved from");
    return owned.get();
}

/** C would stop at a NUL. */
inline void refuse_nul(std::string_view text, const char *name) {
    if (text.find('\0') != std::string_view::npos) {
        throw error(UNS_ERROR_INVALID_ARGUMENT, std::string(name) + " contains a NUL character");
    }
}

/** The same with a NUL at its end, in memory that is wiped afterwards: for keys and passwords. */
class wiped_text {
public:
    wiped_text(std::string_view text, const char *name) : size_(text.size()) {
        refuse_nul(text, name);
        copy_ = std::make_unique<char[]>(size_ + 1);
        text.copy(copy_.get(), size_);
    }
    wiped_text(const wiped_text &) = delete;
    wiped_text &operator=(const wiped_text &) = delete;
    ~wiped_text() {
        volatile char *bytes = copy_.get(); // volatile, or a compiler leaves out what nobody reads any more
        for (std::size_t i = 0; i < size_; i++) bytes[i] = 0;
    }
    const char *c_str() const noexcept { return copy_.get(); }

private:
    std::size_t size_;
    std::unique_ptr<char[]> copy_ = nullptr;
};

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

template <class View, class Item>
std::optional<View> optional_view(const Item *item) {
    return item == nullptr ? std::nullopt : std::optional<View>(View(*item));
}

/// @endcond

/** A C array as a random-access range of views, each made when it is asked for. It owns nothing. */
template <class View, class Item>
class range {
public:
    /** A random-access iterator, whose `*` makes the view. */
    class iterator {
        /// @cond
        struct arrow {
            View view;
            const View *operator->() const noexcept { return &view; }
        };

    public:
        using iterator_category = std::random_access_iterator_tag;
        using value_type = View;
        using difference_type = std::ptrdiff_t;
        using pointer = arrow;
        using reference = View;

        iterator() = default;
        explicit iterator(const Item *at) noexcept : at_(at) {}
        View operator*() const { return View(*at_); }
        arrow operator->() const { return {View(*at_)}; }
        View operator[](difference_type by) const { return View(at_[by]); }
        iterator &operator+=(difference_type by) noexcept {
            at_ += by;
            return *this;
        }
        iterator &operator-=(difference_type by) noexcept { return *this += -by; }
        iterator &operator++() noexcept { return *this += 1; }
        iterator &operator--() noexcept { return *this -= 1; }
        iterator operator++(int) noexcept { return iterator(at_++); }
        iterator operator--(int) noexcept { return iterator(at_--); }
        friend iterator operator+(iterator it, difference_type by) noexcept { return it += by; }
        friend iterator operator+(difference_type by, iterator it) noexcept { return it += by; }
        friend iterator operator-(iterator it, difference_type by) noexcept { return it -= by; }
        friend difference_type operator-(iterator a, iterator b) noexcept { return a.at_ - b.at_; }
        friend bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }
        friend bool operator!=(iterator a, iterator b) noexcept { return a.at_ != b.at_; }
        friend bool operator<(iterator a, iterator b) noexcept { return a.at_ < b.at_; }
        friend bool operator>(iterator a, iterator b) noexcept { return b < a; }
        friend bool operator<=(iterator a, iterator b) noexcept { return !(b < a); }
        friend bool operator>=(iterator a, iterator b) noexcept { return !(a < b); }

    private:
        const Item *at_ = nullptr;
        /// @endcond
    };

    /** An empty one. */
    range() = default;
    /** The items of an array. */
    range(const Item *items, std::size_t size) noexcept : items_(items), size_(size) {}
    /** The first one. */
    iterator begin() const noexcept { return iterator(items_); }
    /** Past the last one. */
    iterator end() const noexcept { return iterator(size_ == 0 ? items_ : items_ + size_); }
    /** How many there are. */
    std::size_t size() const noexcept { return size_; }
    /** Whether there are none. */
    bool empty() const noexcept { return size_ == 0; }
    /** One of them: `index` must be less than size(). */
    View operator[](std::size_t index) const { return View(items_[index]); }

private:
    const Item *items_ = nullptr;
    std::size_t size_ = 0;
};

/** What a C function handed out that is an array: a range that owns its items, and is empty once it was moved from. */
template <class View, class Item, class Whole, auto Free, auto Items, auto Size>
class owned_range {
    using view_range = range<View, Item>;

public:
    /** A random-access iterator, whose `*` makes the view. */
    using iterator = typename view_range::iterator;

    /** Takes over what a C function handed out. */
    explicit owned_range(Whole *whole) : owned_(not_null(whole)) {}

    /** The first one. */
    iterator begin() const & noexcept UNSTRUCTURED_LIFETIMEBOUND { return items().begin(); }
    iterator begin() const && = delete;
    /** Past the last one. */
    iterator end() const & noexcept UNSTRUCTURED_LIFETIMEBOUND { return items().end(); }
    iterator end() const && = delete;
    /** How many there are. */
    std::size_t size() const noexcept { return items().size(); }
    /** Whether there are none. */
    bool empty() const noexcept { return items().empty(); }
    /** One of them: `index` must be less than size(). */
    View operator[](std::size_t index) const & UNSTRUCTURED_LIFETIMEBOUND { return items()[index]; }
    View operator[](std::size_t index) const && = delete;

protected:
    /** All of it; throws if it was moved from. */
    const Whole &whole(const char *name) const { return *not_moved(owned_, name); }

private:
    view_range items() const noexcept {
        return owned_ == nullptr ? view_range() : view_range((*owned_).*Items, (*owned_).*Size);
    }

    owned<Whole, Free> owned_;
};

}  // namespace detail

/** The counts of one workflow node: whole numbers of documents. */
class node_view {
public:
    /** A view of what a C function handed out. */
    explicit node_view(const uns_node_stats &node UNSTRUCTURED_LIFETIMEBOUND) noexcept : node_(&node) {}

    /** The node's name in the workflow, if the service gave one. */
    std::optional<std::string_view> node_name() const { return detail::optional(node_->node_name); }
    /** What the node does: "partition", "chunk", "embed", ... */
    std::optional<std::string_view> node_type() const { return detail::optional(node_->node_type); }
    /** How it does it: "auto", "chunk_by_title", ... */
    std::optional<std::string_view> node_subtype() const { return detail::optional(node_->node_subtype); }
    /** Documents waiting for this node. */
    std::uint64_t ready() const noexcept { return node_->ready; }
    /** Documents in this node now. */
    std::uint64_t in_progress() const noexcept { return node_->in_progress; }
    /** Documents this node has finished. */
    std::uint64_t success() const noexcept { return node_->success; }
    /** Documents that failed in this node. */
    std::uint64_t failure() const noexcept { return node_->failure; }

private:
    const uns_node_stats *node_;
};

/** The nodes of a job's workflow, in the service's order: a random-access range of node_view. */
using nodes_view = detail::range<node_view, uns_node_stats>;

/** The details of a job that somebody else owns: job_details, job_outcomes, or a wait that shows them. */
class job_view {
public:
    /** A view of what a C function handed out. */
    explicit job_view(const uns_job_details &details UNSTRUCTURED_LIFETIMEBOUND) noexcept : details_(&details) {}

    /** The job's identifier, as the service spells it. */
    std::string_view id() const { return details_->id; }
    /** Where the job stands. */
    uns_processing_status processing_status() const noexcept { return details_->processing_status; }
    /** The same as the service sent it: "IN_PROGRESS". */
    std::string_view processing_status_text() const { return details_->processing_status_text; }
    /** Whether the job has ended. With an unknown status it has not. */
    bool is_terminal() const noexcept { return uns_processing_status_is_terminal(processing_status()); }
    /** Whether it has ended well. */
    bool is_success() const noexcept { return uns_processing_status_is_success(processing_status()); }
    /** What each node of the workflow has done. */
    nodes_view node_stats() const noexcept { return {details_->node_stats, details_->node_stats_len}; }
    /** The service's remark on the job, if it made one. */
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

/**
 * The details of a job.
 *
 * What would be a view into a temporary does not compile: keep the details, then look into them.
 */
class job_details {
public:
    /** Takes over what a C function handed out. */
    explicit job_details(uns_job_details *details) : owned_(detail::not_null(details)) {}

    /** All of it, for a function that takes any job_view. Throws if these details were moved from, as do all below. */
    job_view view() const & UNSTRUCTURED_LIFETIMEBOUND {
        return job_view(*detail::not_moved(owned_, "the details were"));
    }
    job_view view() const && = delete;
    /** The same. */
    operator job_view() const & UNSTRUCTURED_LIFETIMEBOUND { return view(); }
    operator job_view() const && = delete;

    /** The job's identifier, as the service spells it. */
    std::string_view id() const & UNSTRUCTURED_LIFETIMEBOUND { return view().id(); }
    std::string_view id() const && = delete;
    /** Where the job stands. */
    uns_processing_status processing_status() const { return view().processing_status(); }
    /** The same as the service sent it: "IN_PROGRESS". */
    std::string_view processing_status_text() const & UNSTRUCTURED_LIFETIMEBOUND {
        return view().processing_status_text();
    }
    std::string_view processing_status_text() const && = delete;
    /** Whether the job has ended. With an unknown status it has not. */
    bool is_terminal() const { return view().is_terminal(); }
    /** Whether it has ended well. */
    bool is_success() const { return view().is_success(); }
    /** What each node of the workflow has done. */
    nodes_view node_stats() const & UNSTRUCTURED_LIFETIMEBOUND { return view().node_stats(); }
    nodes_view node_stats() const && = delete;
    /** The service's remark on the job, if it made one. */
    std::optional<std::string_view> message() const & UNSTRUCTURED_LIFETIMEBOUND { return view().message(); }
    std::optional<std::string_view> message() const && = delete;
    /** The counts of all nodes together. */
    uns_node_totals totals() const { return view().totals(); }
    /** How much of the work that the service has counted is done, 0 to 1; nothing while it has counted none. */
    std::optional<double> fraction_done() const { return view().fraction_done(); }

private:
    detail::owned<uns_job_details, uns_job_details_free> owned_;
};

/** What one poll of a job brought, as an observer sees it. */
class event_view {
public:
    /** A view of what a C function shows. */
    explicit event_view(const uns_event &event UNSTRUCTURED_LIFETIMEBOUND) noexcept : event_(&event) {}

    /** What happened. */
    uns_event_kind kind() const noexcept { return event_->kind; }
    /** The job's id, as it was given. */
    std::string_view job_id() const { return event_->job_id; }
    /** The place of the id among those given, the first one if it is there more than once. */
    std::size_t index() const noexcept { return event_->index; }
    /** What the service sent last: just now if it responded, before that if it did not. */
    std::optional<job_view> details() const { return detail::optional_view<job_view>(event_->details); }
    /** What failed, with UNS_EVENT_FAILED and UNS_EVENT_GAVE_UP. */
    std::optional<unstructured::error> error() const {
        return detail::optional_view<unstructured::error>(event_->error);
    }
    /** How many polls of this job have failed in a row. */
    std::uint32_t failures() const noexcept { return event_->failures; }
    /** How long until the job is polled again, if it is. */
    std::optional<std::chrono::milliseconds> next_poll_in() const noexcept {
        return detail::unless_zero(event_->next_poll_in_ms);
    }

private:
    const uns_event *event_;
};

/** A document that failed, and why. */
struct failed_file_view {
    /** A view of what a C function handed out. */
    explicit failed_file_view(const uns_failed_file &file UNSTRUCTURED_LIFETIMEBOUND)
        : document(file.document), error(file.error) {}

    /** The document, as the service names it. */
    std::string_view document;
    /** Why it failed, in the service's words. */
    std::string_view error;
};

/** The documents of a job that failed: a random-access range of failed_file_view. */
class failed_files
    : public detail::owned_range<failed_file_view, uns_failed_file, uns_failed_files, uns_failed_files_free,
                                 &uns_failed_files::files, &uns_failed_files::files_len> {
public:
    using owned_range::owned_range;
};

/** Where one file of a job is. */
class file_status_view {
public:
    /** A view of what a C function handed out. */
    explicit file_status_view(const uns_file_status &file UNSTRUCTURED_LIFETIMEBOUND) noexcept : file_(&file) {}

    /** Where the file stands. */
    uns_file_state state() const noexcept { return file_->state; }
    /** The same as the service sent it: "IN_PROGRESS"; empty if it sent nothing. */
    std::string_view state_text() const { return file_->state_text; }
    /** The file, as the service names it; empty if it did not. */
    std::string_view document() const { return file_->document; }
    /** The file's record identifier, if the service gave one. */
    std::optional<std::string_view> record_id() const { return detail::optional(file_->record_id); }
    /** Why the file failed, in the service's words, if it said so. */
    std::optional<std::string_view> error() const { return detail::optional(file_->error); }
    /** The workflow node that has the file now, if one has. */
    std::optional<std::string_view> node_id() const { return detail::optional(file_->node_id); }
    /** Where the file stands in that node, as sent, if the service said so. */
    std::optional<std::string_view> node_state_text() const { return detail::optional(file_->node_state_text); }
    /** The node that found the file, if the service said so. */
    std::optional<std::string_view> discovered_by_node_id() const {
        return detail::optional(file_->discovered_by_node_id);
    }
    /** How many times that node has tried the file; 0 if the service did not say. */
    std::uint32_t tries() const noexcept { return file_->tries; }
    /** Time spent on the file so far, if the service said so. */
    std::optional<std::chrono::duration<double>> seconds() const { return unless_negative(file_->seconds); }
    /** Time that the node has spent on it so far, if the service said so. */
    std::optional<std::chrono::duration<double>> node_seconds() const { return unless_negative(file_->node_seconds); }

private:
    static std::optional<std::chrono::duration<double>> unless_negative(double seconds) {
        return seconds < 0 ? std::nullopt : std::optional(std::chrono::duration<double>(seconds));
    }

    const uns_file_status *file_;
};

/** Where each file of a job is, as of one moment: a random-access range of file_status_view. */
class file_statuses
    : public detail::owned_range<file_status_view, uns_file_status, uns_file_statuses, uns_file_statuses_free,
                                 &uns_file_statuses::files, &uns_file_statuses::files_len> {
public:
    using owned_range::owned_range;

    /** The job's identifier, as the service spells it. Throws if the list was moved from, as do all below. */
    std::string_view id() const & UNSTRUCTURED_LIFETIMEBOUND { return list().id; }
    std::string_view id() const && = delete;
    /** Whether the service cut the list: the job has more files than are listed. */
    bool truncated() const { return list().truncated; }
    /** Whether the job's sources have named all their files. While they have not, more files may appear. */
    bool index_finished() const { return list().index_finished; }
    /** When the service made the list: RFC 3339, as sent, if it said so. */
    std::optional<std::string_view> generated_at() const & UNSTRUCTURED_LIFETIMEBOUND {
        return detail::optional(list().generated_at);
    }
    std::optional<std::string_view> generated_at() const && = delete;

private:
    const uns_file_statuses &list() const { return whole("the file statuses were"); }
};

/** What came of one job of many. */
class job_outcome_view {
public:
    /** A view of what a C function handed out. */
    explicit job_outcome_view(const uns_job_outcome &outcome UNSTRUCTURED_LIFETIMEBOUND) noexcept
        : outcome_(&outcome) {}

    /** Whether the job has ended, whatever the end. */
    explicit operator bool() const noexcept { return outcome_->result == UNS_OK; }
    /** UNS_OK if the job has ended; otherwise the error's. */
    uns_result code() const noexcept { return outcome_->result; }
    /** The details of the job at its end; throws why the job is not known to have ended. */
    job_view details() const {
        if (outcome_->error != nullptr) throw unstructured::error(*outcome_->error);
        return job_view(*outcome_->details);
    }
    /** What the service sent last, also if the job is not known to have ended; nothing if it has not sent anything. */
    std::optional<job_view> last_details() const { return detail::optional_view<job_view>(outcome_->details); }
    /** Why the job is not known to have ended, if it is not. */
    std::optional<unstructured::error> error() const {
        return detail::optional_view<unstructured::error>(outcome_->error);
    }

private:
    const uns_job_outcome *outcome_;
};

/** What came of many jobs, in the order given: a random-access range of job_outcome_view. */
class job_outcomes
    : public detail::owned_range<job_outcome_view, uns_job_outcome, uns_job_outcomes, uns_job_outcomes_free,
                                 &uns_job_outcomes::outcomes, &uns_job_outcomes::outcomes_len> {
public:
    using owned_range::owned_range;
};

/**
 * Settings for a client, to be chained: `config::from_env().timeout(10s)`. The client's constructor checks them; each
 * uns_config_set_... says what its setting means and what it is by default.
 */
class config {
public:
    /** The defaults, and no API key. */
    config() : config(uns_config_new()) {}
    /** The API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL. */
    static config from_env() { return config(uns_config_new_from_env()); }

    /** Required. No copy of it stays in memory on this side. */
    config &api_key(std::string_view key) & { return set_text(uns_config_set_api_key, key, "the API key"); }
    config api_key(std::string_view key) && { return std::move(api_key(key)); }
    /** The service's base URL: https, or http for loopback hosts only. */
    config &base_url(std::string_view url) & { return set_text(uns_config_set_base_url, url, "the base URL"); }
    config base_url(std::string_view url) && { return std::move(base_url(url)); }
    /** How long one call may take as a whole, retries and pauses included. */
    config &timeout(std::chrono::milliseconds limit) & {
        return set(uns_config_set_timeout_ms, detail::milliseconds(limit, "the timeout"), "the timeout");
    }
    config timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }
    /** How long name look-up, TCP and TLS of one attempt may take together. */
    config &connect_timeout(std::chrono::milliseconds limit) & {
        return set(uns_config_set_connect_timeout_ms, detail::milliseconds(limit, "the connect timeout"),
                   "the connect timeout");
    }
    config connect_timeout(std::chrono::milliseconds limit) && { return std::move(connect_timeout(limit)); }
    /** How many times a request is tried again; 0 turns retries off. */
    config &max_retries(std::uint32_t retries) & {
        return set(uns_config_set_max_retries, retries, "the number of retries");
    }
    config max_retries(std::uint32_t retries) && { return std::move(max_retries(retries)); }
    /** A URL, or "none"; by default what the environment says. */
    config &proxy(std::string_view url) & { return set_text(uns_config_set_proxy, url, "the proxy"); }
    config proxy(std::string_view url) && { return std::move(proxy(url)); }
    /** Trusts the certificates in a PEM file instead of the built-in ones. */
    config &ca_file(std::string_view path) & { return set_text(uns_config_set_ca_file, path, "the CA file"); }
    config ca_file(std::string_view path) && { return std::move(ca_file(path)); }
    /** Trusts PEM certificates instead of the built-in ones. */
    config &ca_pem(std::string_view pem) & { return set_bytes(uns_config_set_ca_pem, pem); }
    config ca_pem(std::string_view pem) && { return std::move(ca_pem(pem)); }
    /** Trusts the certificates in a PEM file as well as those trusted already. */
    config &add_ca_file(std::string_view path) & { return set_text(uns_config_add_ca_file, path, "the CA file"); }
    config add_ca_file(std::string_view path) && { return std::move(add_ca_file(path)); }
    /** Trusts PEM certificates as well as those trusted already. */
    config &add_ca_pem(std::string_view pem) & { return set_bytes(uns_config_add_ca_pem, pem); }
    config add_ca_pem(std::string_view pem) && { return std::move(add_ca_pem(pem)); }
    /** The User-Agent header. */
    config &user_agent(std::string_view text) & { return set_text(uns_config_set_user_agent, text, "the user agent"); }
    config user_agent(std::string_view text) && { return std::move(user_agent(text)); }
    /** Allows http to hosts other than this one: the API key then crosses the network unencrypted. */
    config &allow_plain_http(bool allow) & { return set(uns_config_set_allow_plain_http, allow, "plain HTTP"); }
    config allow_plain_http(bool allow) && { return std::move(allow_plain_http(allow)); }
    /** The largest response that is accepted. */
    config &max_response_bytes(std::uint64_t bytes) & {
        return set(uns_config_set_max_response_bytes, bytes, "the maximum response size");
    }
    config max_response_bytes(std::uint64_t bytes) && { return std::move(max_response_bytes(bytes)); }

    /** For C functions. Throws if the settings were moved from: NULL would mean those of the environment. */
    const uns_config *get() const UNSTRUCTURED_LIFETIMEBOUND { return detail::not_moved(owned_, "the settings were"); }

private:
    explicit config(uns_config *made) : owned_(detail::not_null(made)) {}

    template <class Setter, class Value>
    config &set(Setter setter, Value value, const char *name) {
        detail::check_setting(setter(detail::not_moved(owned_, "the settings were"), value), name);
        return *this;
    }
    template <class Setter>
    config &set_text(Setter setter, std::string_view text, const char *name) {
        return set(setter, detail::wiped_text(text, name).c_str(), name);
    }
    template <class Setter>
    config &set_bytes(Setter setter, std::string_view pem) {
        // an empty view may hold a null pointer; the library is to see that it is empty, not that it is missing
        const auto *bytes = reinterpret_cast<const std::uint8_t *>(pem.empty() ? "" : pem.data());
        detail::check_setting(setter(detail::not_moved(owned_, "the settings were"), bytes, pem.size()),
                              "the CA certificates");
        return *this;
    }

    detail::owned<uns_config, uns_config_free> owned_;
};

/** Ends the calls that were given it, at once and from any thread: by wait_options, or by client::with_cancel_token. */
class cancel_token {
public:
    /** A token that is not cancelled. */
    cancel_token() : owned_(detail::not_null(uns_cancel_token_new())) {}

    /** Takes no lock and allocates nothing: it may be called from a signal handler. Cannot be undone. */
    void cancel() const noexcept { uns_cancel_token_cancel(owned_.get()); }

    /** For C functions. Throws if the token was moved from. */
    const uns_cancel_token *get() const UNSTRUCTURED_LIFETIMEBOUND {
        return detail::not_moved(owned_, "the cancel token was");
    }

private:
    detail::owned<uns_cancel_token, uns_cancel_token_free> owned_;
};

/**
 * When to poll, and when to stop, to be chained: `wait_options().timeout(1h)`. Each uns_wait_options_set_... says what
 * its setting means and what it is by default.
 */
class wait_options {
public:
    /** The defaults. */
    wait_options() : owned_(detail::not_null(uns_wait_options_new())) {}

    /** How long the whole wait may take; zero polls once. */
    wait_options &timeout(std::chrono::milliseconds limit) & {
        return set(uns_wait_options_set_timeout_ms, limit, "the wait's timeout");
    }
    wait_options timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }
    /** The first pause between two polls. */
    wait_options &initial_interval(std::chrono::milliseconds pause) & {
        return set(uns_wait_options_set_initial_interval_ms, pause, "the initial interval");
    }
    wait_options initial_interval(std::chrono::milliseconds pause) && { return std::move(initial_interval(pause)); }
    /** The longest pause between two polls. */
    wait_options &max_interval(std::chrono::milliseconds pause) & {
        return set(uns_wait_options_set_max_interval_ms, pause, "the maximum interval");
    }
    wait_options max_interval(std::chrono::milliseconds pause) && { return std::move(max_interval(pause)); }
    /** How long failures in a row that may pass are borne. */
    wait_options &max_outage(std::chrono::milliseconds outage) & {
        return set(uns_wait_options_set_max_outage_ms, outage, "the maximum outage");
    }
    wait_options max_outage(std::chrono::milliseconds outage) && { return std::move(max_outage(outage)); }
    /** How long after its start a wait bears that the service does not know the job (HTTP 404). */
    wait_options &until_exists(std::chrono::milliseconds time) & {
        return set(uns_wait_options_set_until_exists_ms, time, "the time until the job exists");
    }
    wait_options until_exists(std::chrono::milliseconds time) && { return std::move(until_exists(time)); }
    /** What ends the wait at once, from any thread. The token need not live as long as the options. */
    wait_options &cancel_token(const unstructured::cancel_token &token) & {
        detail::check_setting(uns_wait_options_set_cancel_token(options(), token.get()), "the cancel token");
        return *this;
    }
    wait_options cancel_token(const unstructured::cancel_token &token) && { return std::move(cancel_token(token)); }
    /** Takes the token out again. */
    wait_options &no_cancel_token() & {
        detail::check_setting(uns_wait_options_set_cancel_token(options(), nullptr), "the cancel token");
        return *this;
    }
    wait_options no_cancel_token() && { return std::move(no_cancel_token()); }

    /** For C functions. Throws if the options were moved from: NULL would mean the defaults. */
    const uns_wait_options *get() const UNSTRUCTURED_LIFETIMEBOUND { return options(); }

private:
    uns_wait_options *options() const { return detail::not_moved(owned_, "the options were"); }

    template <class Setter>
    wait_options &set(Setter setter, std::chrono::milliseconds value, const char *name) {
        detail::check_setting(setter(options(), detail::milliseconds(value, name)), name);
        return *this;
    }

    detail::owned<uns_wait_options, uns_wait_options_free> owned_;
};

/// @cond
namespace detail {

#ifdef __cpp_lib_jthread
/** A cancel token that is cancelled when stop is requested. */
struct stopping {
    struct cancels {
        const cancel_token *token;
        void operator()() const noexcept { token->cancel(); }
    };

    stopping(std::stop_token stop, std::shared_ptr<void> made_of)
        : inherited(std::move(made_of)), callback(std::move(stop), cancels{&token}) {}

    /** That of the handle which this one was made of. */
    std::shared_ptr<void> inherited;
    cancel_token token;
    std::stop_callback<cancels> callback;
};
#endif

/** Carries an observer through C: what it returns, and the exception that it may throw. */
template <class Observer>
class carried {
public:
    explicit carried(Observer &observer) : observer_(observer) {}

    static bool show(const uns_event *event, void *self) noexcept {
        return static_cast<carried *>(self)->ask(event_view(*event));
    }
    void rethrow() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    bool ask(const event_view &event) noexcept {
        try {
            if constexpr (std::is_void_v<std::invoke_result_t<Observer &, const event_view &>>) {
                observer_(event);
                return true;
            } else {
                return static_cast<bool>(observer_(event));
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
/// @endcond

/**
 * Asks the service about jobs.
 *
 * Observers see every poll of a wait on the thread that waits, as `const event_view &`, good until they return. They
 * return whether to go on, or nothing. An exception ends the wait and reaches the caller. They may use the client, but
 * not destroy it.
 */
class client {
public:
    /** Checks the settings; throws what is wrong with them. Sends nothing. */
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

    /** Asks where each file of the job is. The service allows 12 such calls a minute for each job. */
    unstructured::file_statuses file_statuses(std::string_view job_id) const {
        const std::string id = detail::terminated(job_id, "the job id");
        uns_file_statuses *files = nullptr;
        detail::check([&](uns_error **error) {
            return uns_client_file_statuses(owned_.get(), id.c_str(), &files, error);
        });
        return unstructured::file_statuses(files);
    }

    /** Polls until the job ends, whatever the end. */
    unstructured::job_details wait(std::string_view job_id) const {
        return wait(job_id, wait_options(), [](const event_view &) {});
    }
    /** The same, as often and as long as the options say. */
    unstructured::job_details wait(std::string_view job_id, const wait_options &options) const {
        return wait(job_id, options, [](const event_view &) {});
    }
    /** The same, and shows each poll to the observer: a function of `const event_view &`. */
    template <class Observer>
    unstructured::job_details wait(std::string_view job_id, const wait_options &options, Observer &&observer) const {
        using carried = detail::carried<std::remove_reference_t<Observer>>;
        const std::string id = detail::terminated(job_id, "the job id");
        carried carrier(observer);
        uns_job_details *details = nullptr;
        const auto call = [&](uns_error **error) {
            return uns_client_wait(owned_.get(), id.c_str(), options.get(), carried::show, &carrier, &details, error);
        };
        return finish<unstructured::job_details>(call, details, carrier);
    }

    /** Waits for any number of jobs on this thread. One job's failure is in its outcome, and ends no other's wait. */
    job_outcomes wait_all(const std::vector<std::string> &job_ids) const {
        return wait_all(job_ids, wait_options());
    }
    /** The same, as often and as long as the options say. */
    job_outcomes wait_all(const std::vector<std::string> &job_ids, const wait_options &options) const {
        return wait_all(job_ids, options, [](const event_view &) {});
    }
    /** The same, and shows each poll to the observer: a function of `const event_view &`. */
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
            return uns_client_wait_all(owned_.get(), ids.data(), ids.size(), options.get(), carried::show, &carrier,
                                       &outcomes, error);
        };
        return finish<job_outcomes>(call, outcomes, carrier);
    }

    /**
     * The same client, every call through which the token ends too, at once, with UNS_ERROR_CANCELLED: for calls that
     * one may have to give up. Shares connections and shutdown with this one; neither this one nor the token has to
     * live as long.
     */
    client with_cancel_token(const unstructured::cancel_token &token) const {
        uns_client *made = nullptr;
        detail::check([&](uns_error **error) {
            return uns_client_with_cancel_token(owned_.get(), token.get(), &made, error);
        });
        return client(made, stopping_);
    }

#ifdef __cpp_lib_jthread
    /**
     * The same client, every call through which ends at once, with UNS_ERROR_CANCELLED, when stop is requested: in a
     * std::jthread, `client.with_stop_token(token).wait(job_id)`. The token's callback lives as long as this handle.
     */
    client with_stop_token(std::stop_token stop) const {
        auto stopping = std::make_shared<detail::stopping>(std::move(stop), stopping_);
        client made = with_cancel_token(stopping->token);
        made.stopping_ = std::move(stopping);
        return made;
    }
#endif

    /**
     * Ends every call on this client, in any thread, at once, with UNS_ERROR_CANCELLED; later ones too. Takes no lock
     * and allocates nothing: it may be called from a signal handler. Join the threads that use the client before it
     * goes.
     */
    void shutdown() const noexcept { uns_client_shutdown(owned_.get()); }

    /** For C functions; NULL if the client was moved from. */
    const uns_client *get() const noexcept { return owned_.get(); }

private:
    client(uns_client *made, std::shared_ptr<void> stopping) : stopping_(std::move(stopping)), owned_(made) {}

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
        std::optional<Result> handed_out;
        if (out != nullptr) handed_out.emplace(out);
        carrier.rethrow();
        detail::throw_unless_ok(result, failure.get());
        return std::move(handed_out).value();
    }

    /** What ends the calls of this handle when a std::stop_token is told to; there in every language standard. */
    std::shared_ptr<void> stopping_;
    detail::owned<uns_client, uns_client_free> owned_;
};

}  // namespace unstructured

/// @cond
#ifdef __cpp_lib_ranges
/* A copy of a range is no copy of its items, and its iterators outlive it. */
template <class View, class Item>
inline constexpr bool std::ranges::enable_view<unstructured::detail::range<View, Item>> = true;
template <class View, class Item>
inline constexpr bool std::ranges::enable_borrowed_range<unstructured::detail::range<View, Item>> = true;
#endif
/// @endcond

#undef UNSTRUCTURED_LIFETIMEBOUND

#endif  // UNSTRUCTURED_JOBS_HPP
