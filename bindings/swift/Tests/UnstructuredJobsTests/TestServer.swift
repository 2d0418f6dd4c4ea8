import Foundation
import Synchronization

/// A server of this process: each request is handed to `answer`, which returns a status and a body, or nothing for
/// silence.
final class TestServer: Sendable {
    typealias Answer = @Sendable (_ path: String) -> (status: Int, body: String)?

    let url: String
    /// Signalled for each request that has come.
    let asked = DispatchSemaphore(value: 0)
    /// Signalled for each connection that has ended.
    let hungUp = DispatchSemaphore(value: 0)
    private let listener: Int32
    private let requests = Mutex(0)

    var requestCount: Int { requests.withLock { $0 } }

    init(_ answer: @escaping Answer = { _ in nil }) {
        #if canImport(Glibc)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0 && listen(listener, 128) == 0)
                precondition(getsockname(listener, address, &length) == 0)
            }
        }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { self.converse(connection, answer) }
            }
        }
    }

    /// Connections end when their clients do.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func converse(_ connection: Int32, _ answer: Answer) {
        defer {
            close(connection)
            hungUp.signal()
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        // requests are small and come whole
        while case let count = read(connection, &buffer, buffer.count), count > 0 {
            let path = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")[1]
            requests.withLock { $0 += 1 }
            asked.signal()
            guard let (status, body) = answer(String(path)) else { continue }
            let text =
                "HTTP/1.1 \(status) Status\r\nRetry-After: 0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            if send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) < 0 { return }
        }
    }
}

let testJob = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e"

func details(_ status: String, of job: String = testJob) -> String {
    #"{"id":"\#(job)","processing_status":"\#(status)","node_stats":[]}"#
}

/// The server of `examples/conformance_server.rs`, whose binary UNSTRUCTURED_JOBS_CONFORMANCE_SERVER names.
final class ConformanceServer {
    let url: String
    private let process = Process()
    private let input = Pipe()

    init() throws {
        struct Missing: Error { let variable: String }
        let variable = "UNSTRUCTURED_JOBS_CONFORMANCE_SERVER"
        guard let path = ProcessInfo.processInfo.environment[variable] else { throw Missing(variable: variable) }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                struct Ended: Error {}
                throw Ended()
            }
            line += String(decoding: byte, as: UTF8.self)
        }
        url = line.trimmingCharacters(in: .newlines)
    }

    /// It ends when its input does.
    func stop() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// How many threads this process has.
func threadCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

/// Waits for what is certain to come; false if it has not after half a minute.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        usleep(1000)
    }
    return true
}

/// A certificate authority's certificate; nothing is signed by it.
let authority = """
    -----BEGIN CERTIFICATE-----
    MIIBjzCCATWgAwIBAgIUU+6d+p19HzVa17kxBcMd/8IAtP8wCgYIKoZIzj0EAwIw
    HDEaMBgGA1UEAwwRYW5vdGhlciBhdXRob3JpdHkwIBcNMjYxMTI1MjAxMjM3WhgP
    MjEyNjExMDEyMDEyMzdaMBwxGjAYBgNVBAMMEWFub3RoZXIgYXV0aG9yaXR5MFkw
    EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeMg2DkOlemLAYQ4YGiXSgoJaFVYNGCUs
    CVNhKdfYjNlAqOE0U56pgC/V+L1fgcC9VK0zkPCr5k386Eh98nt/PaNTMFEwHQYD
    VR0OBBYEFKtO9jeZF9CG2U0kM9My7+up1xodMB8GA1UdIwQYMBaAFKtO9jeZF9CG
    2U0kM9My7+up1xodMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh
    ANEixoO+pDrpznH3y8rVWwgEdvUEwUUQKn9cB27sJxizAiBsDUBgg2Hi0Zf8OeDq
    krc47RKkZHDGhqRg32VyDFZUWg==
    -----END CERTIFICATE-----
    """
