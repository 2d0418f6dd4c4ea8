// Waits for a job's end, at most an hour, showing its progress: wait JOB_ID, with the key in UNSTRUCTURED_API_KEY.
// Exits with 0 only if the job ended well.

#include <chrono>
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
        const auto options = unstructured::wait_options().timeout(std::chrono::hours(1));

        const auto end = client.wait(argv[1], options, [](const unstructured::event_view &event) {
            if (const auto error = event.error()) {
                std::cerr << error->what() << std::endl;
            } else if (const auto job = event.details()) {
                std::cout << job->processing_status_text();
                const auto done = job->fraction_done();
                if (done) std::cout << ", " << static_cast<int>(100 * *done) << " % done";
                std::cout << std::endl;
            }
        });

        std::cout << end.id() << " ended " << end.processing_status_text() << '\n';
        if (end.is_success()) return EXIT_SUCCESS;
        const auto files = client.failed_files(end.id());
        for (const auto file : files) std::cerr << file.document << ": " << file.error << '\n';
        return EXIT_FAILURE;
    } catch (const unstructured::error &error) {
        std::cerr << uns_result_name(error.code()) << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
