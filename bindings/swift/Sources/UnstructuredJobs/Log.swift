import CUnstructuredJobs
import Synchronization

/// The C library's log, for the whole process: each attempt, each pause and its reason, each connection, without the API
/// key. At first nobody is given it. It is for the program to set, not for another library in it.
public enum JobsLog {
    /// How important a line is: the lower, the more.
    public enum Level: Int32, Sendable, CaseIterable {
        case error = 1
        case warning, information, debug, trace
    }

    public typealias Logger = @Sendable (_ level: Level, _ message: String) -> Void

    private static let logger = Mutex<Logger?>(nil)

    /// Has `logger` given the lines up to `level`, on the threads that log them: several at once. When this returns, no
    /// call of the logger set before is under way any more, unless that is its caller.
    public static func start(_ level: Level = .debug, _ logger: @escaping Logger) {
        self.logger.withLock { $0 = logger }
        uns_set_log_callback(
            level.rawValue,
            { level, message, _ in
                guard let level = Level(rawValue: level), let message else { return }
                // not called inside of the lock: it may start or stop the log
                let logger = JobsLog.logger.withLock { $0 }
                logger?(level, String(cString: message))
            }, nil)
    }

    /// Has nobody given the lines any more.
    public static func stop() {
        uns_set_log_callback(0, nil, nil)
        logger.withLock { $0 = nil }
    }
}
