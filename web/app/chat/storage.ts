import { cookieSession, indexedDbStorage, webLock } from '../../../src/client/browser.ts'
import { type ClientOptions, localLock } from '../../../src/client/index.ts'

const { session, sends } = indexedDbStorage()

/**
 * Where the page keeps its session, and what is not sent yet. The refresh token is in a cookie that no script reads.
 * Web Locks are there in secure contexts alone.
 */
export const storage: Required<Pick<ClientOptions, 'session' | 'sends' | 'lock'>> = {
  session: cookieSession(session),
  sends,
  lock: 'locks' in navigator ? webLock() : localLock(),
}
