// Follows a job to its end, and says which documents failed:
//
//     UNSTRUCTURED_API_KEY=… swift run wait JOB_ID
//
// Exits with 0 if the job ended well, and with 1 otherwise.

import Foundation
import UnstructuredJobs

@main struct Program {
    static func main() async {
        guard CommandLine.arguments.count == 2 else { fail("usage: wait JOB_ID") }
        do throws(JobsError) {
            try await follow(CommandLine.arguments[1])
        } catch {
            fail("error: \(error)")
        }
    }

    static func follow(_ jobID: String) async throws(JobsError) {
        let client = try Client(.fromEnvironment)
        let end = try await client.wait(jobID) { now in
            if now.error == nil, let details = now.details {
                print(details.processingStatus)
            } else {
                print(now)
            }
            return true  // false stops the wait
        }
        guard end.processingStatus.isSuccess else {
            for file in try await client.failedFiles(jobID) { print("failed: \(file.document): \(file.error)") }
            fail("the job ended as \(end.processingStatus)")
        }
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
