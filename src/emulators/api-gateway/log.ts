/** One entry per request or socket event. It never contains headers, tokens, bodies or query strings. */
export interface GatewayLogEntry {
  /** `error`: a handler threw after its time was over, when its request was answered already. */
  type: 'http' | 'connect' | 'message' | 'disconnect' | 'error'
  requestId: string
  connectionId?: string
  routeKey?: string
  method?: string
  path?: string
  /** The HTTP status, or the close code for `disconnect`. Absent if the client left before an answer. */
  status?: number
  durationMs?: number
  /** The error that the handler threw, or the reason why the gateway refused the handler's result. */
  error?: unknown
}

export type GatewayLog = (entry: GatewayLogEntry) => void

/** Wraps a log, so that an error in the log cannot fail a request. */
export function createSafeLog(log: GatewayLog | undefined): GatewayLog {
  if (!log) return () => undefined
  return (entry) => {
    try {
      log(entry)
    } catch {
      // There is no other place to report this error.
    }
  }
}
