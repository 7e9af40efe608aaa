// API Gateway's quotas, as defaults that a test can shrink. Sources: docs/gateway.md, "Limits".

export interface HttpLimits {
  /** The longest a handler may take before the client gets 503. */
  integrationTimeoutMs: number
  /** The longest a client may take to send its body before it gets 408. */
  bodyTimeoutMs: number
  payloadBytes: number
  /** Memory of all bodies that are being read; above it the body that has taken the longest gets 408. */
  bodyBytesInAll: number
  /** Answers that wait for their readers, of all clients; above it the one that has waited the longest is cut. */
  unsentBytesInAll: number
  /** Lambda's limit on what a function returns; more is a 500. */
  responseBytes: number
  /** Request line and headers together. */
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
  /** Length of the request target, query included. */
  urlBytes: number
  connectsPerSecond: number
  requestsPerSecond: number
  requestBurst: number
  /** Unsent bytes that one slow reader may hold in this process's memory; a post above it is refused. */
  bufferedBytes: number
  /**
   * Unsent bytes of all readers, each for itself though a frame is in memory once; above it the one whose
   * frames have waited the longest is cut.
   */
  bufferedBytesInAll: number
  /**
   * Messages of all clients that are on their way, or being handled; above it the connection that has held some for
   * the longest is cut.
   */
  receivedBytesInAll: number
  /** Frames of any kind that one connection may send; above it they are ignored, and twice above it it is closed. */
  framesPerSecond: number
  frameBurst: number
  /** The longest a client may take to send a message, from its first byte to its last. */
  messageTimeoutMs: number
  /** How long a peer may take to answer our close frame before its socket is destroyed. */
  closeHandshakeMs: number
  /** Messages of one connection being handled at once; above it the socket is not read until one ends. */
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
