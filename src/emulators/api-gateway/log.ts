/** One per request or socket event. Never headers, tokens, bodies or query strings. */
export interface GatewayLogEntry {
  /** `error`: what a handler threw after its time, when its request had long been answered. */
  type: 'http' | 'connect' | 'message' | 'disconnect' | 'error'
  requestId: string
  connectionId?: string
  routeKey?: string
  method?: string
  path?: string
  /** HTTP status; for `disconnect` the close code; absent when the client left before an answer. */
  status?: number
  durationMs?: number
  /** What the handler threw, or why the gateway refused its answer. */
  error?: unknown
}

export type GatewayLog = (entry: GatewayLogEntry) => void

/** A log that throws must not take a request down with it. */
export function createSafeLog(log: GatewayLog | undefined): GatewayLog {
  if (!log) return () => undefined
  return (entry) => {
    try {
      log(entry)
    } catch {
      // Nowhere left to report to.
    }
  }
}
