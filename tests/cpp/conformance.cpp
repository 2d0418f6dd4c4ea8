// The conformance cases through the C++ wrapper: `conformance CASES.tsv`, as examples/conformance_server.rs serves them.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unstructured_jobs.hpp"

namespace {

using unstructured::job_view;
using text = std::optional<std::string>;

struct test_case {
    std::string name;
    std::map<std::string, text> leaves;
    std::vector<std::string> complaints = {};

    bool has(const std::string &path) const { return leaves.count(path) != 0; }
    std::string at(const std::string &path) const { return leaves.at(path).value(); }
    std::uint64_t number(const std::string &path) const { return std::stoull(at(path)); }
    std::chrono::milliseconds ms(const std::string &path) const { return std::chrono::milliseconds(number(path)); }

    void same(const std::string &path, const text &found) {
        const auto expected = leaves.find(path);
        if (expected != leaves.end() && expected->second == found) return;
        complaints.push_back(name + ": " + path + ": expected " +
                             (expected == leaves.end() ? "nothing" : expected->second.value_or("null")) + ", found " +
                             found.value_or("null"));
    }
    void same(const std::string &path, std::uint64_t found) { same(path, text(std::to_string(found))); }
    void expect(bool holds, const std::string &what) {
        if (!holds) complaints.push_back(name + ": " + what);
    }
};

text owned(std::optional<std::string_view> view) {
    return view ? text(std::string(*view)) : std::nullopt;
}

void check_details(test_case &c, const job_view &details) {
    c.same("expect.details.id", owned(details.id()));
    c.same("expect.details.processing_status", owned(details.processing_status_text()));
    c.same("expect.details.message", owned(details.message()));
    c.same("expect.status", text(uns_processing_status_name(details.processing_status())));
    c.same("expect.details.node_stats.len", details.node_stats().size());
    std::size_t at = 0;
    for (const auto node : details.node_stats()) {
        const std::string path = "expect.details.node_stats." + std::to_string(at++) + ".";
        c.same(path + "node_name", owned(node.node_name()));
        c.same(path + "node_type", owned(node.node_type()));
        c.same(path + "node_subtype", owned(node.node_subtype()));
        c.same(path + "ready", node.ready());
        c.same(path + "in_progress", node.in_progress());
        c.same(path + "success", node.success());
        c.same(path + "failure", node.failure());
    }
}

void check_error(test_case &c, const unstructured::error &error) {
    c.same("expect.result", text(uns_result_name(error.code())));
    c.same("expect.http_status", static_cast<std::uint64_t>(error.http_status().value_or(0)));
    c.same("expect.retryable", text(error.retryable() ? "true" : "false"));
    // a duration holds half of what C's number does: beyond that it is the longest
    const auto pause = error.retry_after().value_or(std::chrono::milliseconds(0));
    const auto expected = std::min<std::uint64_t>(c.number("expect.retry_after_ms"), INT64_MAX);
    c.expect(static_cast<std::uint64_t>(pause.count()) == expected, "retry_after is another");
    c.same("expect.attempts", error.attempts());
    const std::string what = error.what();
    for (std::uint64_t i = 0; i < c.number("expect.message.len"); i++) {
        const std::string part = c.at("expect.message." + std::to_string(i));
        c.expect(what.find(part) != std::string::npos, "expected " + part + " in: " + what);
    }
    for (std::uint64_t i = 0; c.has("expect.message_lacks." + std::to_string(i)); i++) {
        const std::string part = c.at("expect.message_lacks." + std::to_string(i));
        c.expect(what.find(part) == std::string::npos, "expected no " + part + " in: " + what);
    }
}

unstructured::config config_of(const test_case &c) {
    unstructured::config config;
    config.api_key(c.at("config.api_key"))
        .base_url(c.at("config.base_url"))
        .proxy(c.at("config.proxy"))
        .timeout(c.ms("config.timeout_ms"))
        .connect_timeout(c.ms("config.connect_timeout_ms"))
        .max_retries(static_cast<std::uint32_t>(c.number("config.max_retries")));
    if (c.has("config.max_response_bytes")) config.max_response_bytes(c.number("config.max_response_bytes"));
    if (c.has("config.ca_pem")) config.ca_pem(c.at("config.ca_pem"));
    return config;
}

void wait(test_case &c, const unstructured::client &client) {
    unstructured::wait_options options;
    options.initial_interval(c.ms("wait.initial_interval_ms")).max_interval(c.ms("wait.max_interval_ms"));
    if (c.has("wait.timeout_ms")) options.timeout(c.ms("wait.timeout_ms"));
    if (c.has("wait.max_outage_ms")) options.max_outage(c.ms("wait.max_outage_ms"));
    std::size_t seen = 0;
    const bool known = c.has("expect.observed.len");
    const auto observer = [&](const unstructured::event_view &event) {
        if (event.error()) return true;
        const auto status = event.details().value().processing_status_text();
        if (known) c.same("expect.observed." + std::to_string(seen), owned(status));
        seen++;
        return !(c.has("wait.stop_after") && seen == c.number("wait.stop_after"));
    };
    try {
        const auto end = client.wait(c.at("job_id"), options, observer);
        check_details(c, end);
    } catch (...) {
        if (known) c.same("expect.observed.len", seen);
        throw;
    }
    if (known) c.same("expect.observed.len", seen);
}

/** Seconds as the file of cases has them; nothing where there are none. */
std::optional<double> seconds(const test_case &c, const std::string &path) {
    const text &expected = c.leaves.at(path);
    return expected ? std::optional<double>(std::stod(*expected)) : std::nullopt;
}

void check_statuses(test_case &c, const unstructured::file_statuses &list) {
    const auto word = [](bool value) { return text(value ? "true" : "false"); };
    const auto in_seconds = [](std::optional<std::chrono::duration<double>> time) {
        return time ? std::optional<double>(time->count()) : std::nullopt;
    };
    c.same("expect.file_statuses.id", owned(list.id()));
    c.same("expect.file_statuses.truncated", word(list.truncated()));
    c.same("expect.file_statuses.index_finished", word(list.index_finished()));
    c.same("expect.file_statuses.generated_at", owned(list.generated_at()));
    c.same("expect.file_statuses.files.len", list.size());
    for (std::size_t at = 0; at < list.size(); at++) {
        const auto file = list[at];
        const std::string path = "expect.file_statuses.files." + std::to_string(at) + ".";
        c.same(path + "record_id", owned(file.record_id()));
        c.same(path + "document", owned(file.document()));
        c.same(path + "status", owned(file.state_text()));
        c.same(path + "error", owned(file.error()));
        c.same(path + "discovered_by_node_id", owned(file.discovered_by_node_id()));
        c.expect(in_seconds(file.seconds()) == seconds(c, path + "time_elapsed"), path + "time_elapsed is another");
        if (!c.has(path + "current_node.id")) {
            c.expect(!file.node_id(), path + "current_node: no node was expected");
            continue;
        }
        c.same(path + "current_node.id", owned(file.node_id()));
        c.same(path + "current_node.status", owned(file.node_state_text()));
        c.same(path + "current_node.tries", static_cast<std::uint64_t>(file.tries()));
        c.expect(in_seconds(file.node_seconds()) == seconds(c, path + "current_node.time_elapsed"),
                 path + "current_node.time_elapsed is another");
    }
}

void run(test_case &c) {
    try {
        const unstructured::client client(config_of(c));
        const std::uint64_t calls = c.has("calls") ? c.number("calls") : 1;
        for (std::uint64_t i = 0; i < calls; i++) {
            if (c.at("call") == "job_details") {
                const auto details = client.job_details(c.at("job_id"));
                check_details(c, details);
            } else if (c.at("call") == "failed_files") {
                const auto files = client.failed_files(c.at("job_id"));
                c.same("expect.failed_files.len", files.size());
                for (std::size_t at = 0; at < files.size(); at++) {
                    const std::string path = "expect.failed_files." + std::to_string(at) + ".";
                    c.same(path + "document", owned(files[at].document));
                    c.same(path + "error", owned(files[at].error));
                }
            } else if (c.at("call") == "file_statuses") {
                const auto list = client.file_statuses(c.at("job_id"));
                check_statuses(c, list);
            } else {
                wait(c, client);
            }
        }
        c.same("expect.result", text("UNS_OK"));
    } catch (const unstructured::error &error) {
        check_error(c, error);
    }
}

text unescaped(const std::string &escaped) {
    if (escaped == "\\N") return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < escaped.size(); i++) {
        if (escaped[i] != '\\') {
            out += escaped[i];
            continue;
        }
        const char c = escaped.at(++i);
        out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
    return out;
}

}  // namespace

int main(int argc, char **argv) {
    std::ifstream file(argc == 2 ? argv[1] : "");
    std::vector<test_case> cases;
    for (std::string line; std::getline(file, line);) {
        const auto first = line.find('\t'), second = line.find('\t', first + 1);
        const std::string name = line.substr(0, first);
        if (cases.empty() || cases.back().name != name) cases.push_back({name, {}});
        cases.back().leaves[line.substr(first + 1, second - first - 1)] = unescaped(line.substr(second + 1));
    }
    std::size_t failures = 0;
    for (test_case &c : cases) {
        run(c);
        failures += c.complaints.size();
        for (const std::string &complaint : c.complaints) std::cout << complaint << '\n';
    }
    std::cout << cases.size() << " cases, " << failures << " failures\n";
    return failures == 0 && !cases.empty() ? 0 : 1;
}
