// API Gateway's quotas. These are defaults, which a test can lower. Sources: docs/gateway.md, "Limits".

export interface HttpLimits {
  /** The longest a handler may take before the client gets 503. */
  integrationTimeoutMs: number
  /** The longest a client may take to send its body before it gets 408. */
  bodyTimeoutMs: number
  payloadBytes: number
  /** Memory of all bodies that are being read. Above it, the body that has taken the longest time gets 408. */
  bodyBytesInAll: number
  /** Unsent answers to all clients. Above it, the connection whose answers have waited the longest is cut. */
  unsentBytesInAll: number
  /** Lambda's limit on the result of a function. A larger result is a 500. */
  responseBytes: number
  /** The request line and the headers together. */
  headerBytes: number
  requestsPerSecond: number
  requestBurst: number
}

export interface WebSocketLimits {
  connectionMs: number
  idleMs: number
  frameBytes: number
  messageBytes: number
  integrationTimeoutMs: number
  /** Length of the request target, including the query. */
  urlBytes: number
  connectsPerSecond: number
  requestsPerSecond: number
  requestBurst: number
  /** Unsent bytes of one slow client in this process's memory. A post above it is refused. */
  bufferedBytes: number
  /**
   * Unsent bytes of all clients. A frame counts for each client, although it is in memory only once. Above it, the
   * connection whose frames have waited the longest is cut.
   */
  bufferedBytesInAll: number
  /**
   * Messages of all clients that are still arriving or being handled. Above it, the connection that has held some for
   * the longest time is cut.
   */
  receivedBytesInAll: number
  /**
   * Frames of any kind that one connection may send. Frames above it are ignored. Above twice the limit, the
   * connection is closed.
   */
  framesPerSecond: number
  frameBurst: number
  /** The longest a client may take to send a message, from its first byte to its last. */
  messageTimeoutMs: number
  /** How long a peer may take to answer our close frame before its socket is destroyed. */
  closeHandshakeMs: number
  /**
   * Messages of one connection that are handled at the same time. Above it, the socket is not read until one of them
   * ends.
   */
  concurrentMessages: number
  maxConnections: number
}

export const HTTP_LIMITS: Readonly<HttpLimits> = {
  integrationTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  payloadBytes: 10 * 1024 * 1024,
  bodyBytesInAll: 32 * 1024 * 1024,
  unsentBytesInAll: 64 * 1024 * 1024,
  responseBytes: 6 * 1024 * 1024,
  headerBytes: 10_240,
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
}

export const WEBSOCKET_LIMITS: Readonly<WebSocketLimits> = {
  connectionMs: 2 * 60 * 60_000,
  idleMs: 10 * 60_000,
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  integrationTimeoutMs: 29_000,
  urlBytes: 4_096,
  connectsPerSecond: 500,
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  bufferedBytes: 1024 * 1024,
  bufferedBytesInAll: 128 * 1024 * 1024,
  receivedBytesInAll: 32 * 1024 * 1024,
  framesPerSecond: Infinity,
  frameBurst: Infinity,
  messageTimeoutMs: 30_000,
  closeHandshakeMs: 5_000,
  concurrentMessages: 128,
  maxConnections: Infinity,
}
