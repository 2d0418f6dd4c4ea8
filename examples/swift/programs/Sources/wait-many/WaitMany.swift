// Waits for any number of jobs on one thread:
//
//     UNSTRUCTURED_API_KEY=… swift run wait-many JOB_ID…
//
// Exits with 0 if all jobs ended well, and with 1 otherwise.

import Foundation
import UnstructuredJobs

@main struct Program {
    static func main() async {
        do {
            let client = try Client(.fromEnvironment)
            let outcomes = try await client.waitAll(Array(CommandLine.arguments.dropFirst()))
            for outcome in outcomes {
                if let error = outcome.error {
                    print(outcome.jobID, "has not ended:", error)
                } else if let details = outcome.details {
                    print(outcome.jobID, details.processingStatus)
                }
            }
            exit(outcomes.allSatisfy { $0.error == nil && $0.details?.processingStatus.isSuccess == true } ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }
}
