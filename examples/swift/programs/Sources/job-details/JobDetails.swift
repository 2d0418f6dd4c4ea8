// Asks once what a job is doing:
//
//     UNSTRUCTURED_API_KEY=… swift run job-details JOB_ID

import Foundation
import UnstructuredJobs

@main struct Program {
    static func main() async {
        guard CommandLine.arguments.count == 2 else { fail("usage: job-details JOB_ID") }
        do {
            let client = try Client(.fromEnvironment)
            let details = try await client.jobDetails(CommandLine.arguments[1])
            print(details.id, details.processingStatus)
            for node in details.nodeStats {
                print("  \(node.nodeName ?? "unnamed node"): \(node.success) done, \(node.failure) failed")
            }
        } catch {
            fail("error: \(error)")
        }
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
