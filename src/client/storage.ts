import type { StoredSend } from './core/turn.ts'
import type { Lock, SessionStorage, StoredSession } from './session.ts'

/** Stores sends until the server has them. */
export interface SendStorage {
  /** Returns all stored sends. */
  load(): Promise<readonly StoredSend[]>
  put(send: StoredSend): Promise<void>
  delete(clientId: string): Promise<void>
}

/** Stores the session and the sends in memory, as long as the object lives. */
export function memoryStorage(): { readonly session: SessionStorage; readonly sends: SendStorage } {
  let session: StoredSession | null = null
  const sends = new Map<string, StoredSend>()
  return {
    session: {
      load: async () => session,
      save: async (next) => void (session = next),
    },
    sends: {
      load: async () => [...sends.values()],
      put: async (send) => void sends.set(send.clientId, send),
      delete: async (clientId) => void sends.delete(clientId),
    },
  }
}

/** The lock for a program that does not share its session. */
export function localLock(): Lock {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return await mine
  }
}
