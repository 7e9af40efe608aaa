/** The client library of Quick Connect: see README.md. */
export {
  type ChatClient,
  type ClientOptions,
  createClient,
  type RequestOptions,
  type RoomHandle,
  type SessionState,
  type WebSocketLike,
} from './client.ts'
export type { Clock } from './clock.ts'
export type { Connection, Me, Outgoing } from './core/state.ts'
export type { StoredSend } from './core/turn.ts'
export { ChatError, type ChatErrorOptions, type ClientErrorCode } from './errors.ts'
export type { Fetch } from './http.ts'
export type { Lock, SessionStorage, StoredSession } from './session.ts'
export { localLock, memoryStorage, type SendStorage } from './storage.ts'
export { type Store, until } from './store.ts'
export type { RoomView, TypingUser } from './view.ts'
export type * from './wire.ts'
