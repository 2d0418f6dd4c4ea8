// throws SERVICE_URL CLOSED_URL: an exception that leaves an observer, without the wrapper that would catch it.

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "unstructured_jobs.h"

int main() {
    // the end that the header promises, made visible without a core dump
    std::signal(SIGABRT, [](int) { std::_Exit(86); });
    uns_client *client = nullptr;
    if (uns_client_new(nullptr, &client, nullptr) != UNS_OK) return 2;
    uns_job_details *details = nullptr;
    const auto throws = [](const uns_event *, void *) -> bool { throw std::runtime_error("not for C"); };
    try {
        uns_client_wait(client, "ok", nullptr, throws, nullptr, &details, nullptr);
    } catch (...) {
        return 3;
    }
    return 4;
}
