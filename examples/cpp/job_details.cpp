// Prints what a job is doing: job_details JOB_ID, with the key in UNSTRUCTURED_API_KEY.

#include <cstdlib>
#include <iostream>

#include "unstructured_jobs.hpp"

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " JOB_ID\n";
        return EXIT_FAILURE;
    }
    try {
        const auto client = unstructured::client::from_env();
        const auto details = client.job_details(argv[1]);
        std::cout << details.id() << " is " << details.processing_status_text() << '\n';
        for (const auto node : details.node_stats()) {
            std::cout << "  " << node.node_name().value_or("(no name)") << ": " << node.ready() << " ready, "
                      << node.in_progress() << " in progress, " << node.success() << " done, " << node.failure()
                      << " failed\n";
        }
        if (const auto message = details.message()) std::cout << *message << '\n';
        return EXIT_SUCCESS;
    } catch (const unstructured::error &error) {
        std::cerr << uns_result_name(error.code()) << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
