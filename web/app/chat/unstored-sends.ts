import type { StoredSend } from '../../../src/client/index.ts'

/**
 * Texts that were just sent and may not be in IndexedDB yet. IndexedDB takes a moment to write. In that moment
 * the page can end by a reload or a crash. This storage is written at once.
 */
const prefix = 'quick-connect-unstored:'

export function noteUnstored(send: StoredSend): void {
  try {
    localStorage.setItem(prefix + send.clientId, JSON.stringify(send))
  } catch {
    // The storage is full or blocked. Then only this moment is at risk.
  }
}

export function forgetUnstored(clientId: string): void {
  try {
    localStorage.removeItem(prefix + clientId)
  } catch {
    // The storage is blocked.
  }
}

/** Returns the sends of a page that ended too early, and of tabs that are writing now. */
export function unstoredSends(): readonly StoredSend[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix))
      .map((key): unknown => JSON.parse(localStorage.getItem(key) ?? 'null'))
      .filter((each): each is StoredSend => typeof each === 'object' && each !== null)
  } catch {
    return []
  }
}
