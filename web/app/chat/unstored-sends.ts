import type { StoredSend } from '../../../src/client/index.ts'

/**
 * Texts that were just sent, and that IndexedDB may not have yet. It takes a moment to write, in which the page can
 * end, by a reload or a crash. This storage is written at once.
 */
const prefix = 'quick-connect-unstored:'

export function noteUnstored(send: StoredSend): void {
  try {
    localStorage.setItem(prefix + send.clientId, JSON.stringify(send))
  } catch {
    // It is full or closed: then only the moment is at risk.
  }
}

export function forgetUnstored(clientId: string): void {
  try {
    localStorage.removeItem(prefix + clientId)
  } catch {
    // It is closed to the page.
  }
}

/** Those of a page that ended too early, and of tabs that are writing just now. */
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
