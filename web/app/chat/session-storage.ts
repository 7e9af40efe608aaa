import {
  type Lock,
  localLock,
  type SessionStorage,
  type StoredSession,
} from '../../../src/client/index.ts'
import { webLock } from '../../../src/client/browser.ts'

/**
 * Where the page keeps its session. This is the one place that knows: today each tab has a session of its own, which
 * ends with the tab.
 */
const key = 'quick-connect-session'

export const sessionStore: SessionStorage = {
  load: async () => {
    const stored = sessionStorage.getItem(key)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library looks at what it is given
    return await Promise.resolve(stored ? (JSON.parse(stored) as StoredSession) : null)
  },
  save: async (session) => {
    if (session) sessionStorage.setItem(key, JSON.stringify(session))
    else sessionStorage.removeItem(key)
    return await Promise.resolve()
  },
}

/** Web Locks are there in secure contexts alone. */
export const sessionLock: Lock = 'locks' in navigator ? webLock() : localLock()
