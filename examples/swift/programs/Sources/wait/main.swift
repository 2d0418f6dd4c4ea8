// Prints what a job is doing until it ends:
//
//     UNSTRUCTURED_API_KEY=… wait JOB_ID
//
// Exits with 0 if the job ended well, and with 1 otherwise.

import Foundation
import UnstructuredJobs

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: wait JOB_ID\n".utf8))
    exit(2)
}

func follow(_ jobID: String) async throws(JobsError) -> ProcessingStatus {
    let client = try Client()
    let end = try await client.wait(jobID, options: WaitOptions(maxInterval: .seconds(5))) { now in
        print(now.processingStatus)
        return true
    }
    if let message = end.message {
        print("the service says: \(message)")
    }
    if !end.processingStatus.isSuccess {
        for file in try await client.failedFiles(jobID) {
            print("failed: \(file.document): \(file.error)")
        }
    }
    return end.processingStatus
}

do throws(JobsError) {
    exit(try await follow(CommandLine.arguments[1]).isSuccess ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(1)
}
