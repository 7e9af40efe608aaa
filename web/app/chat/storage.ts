import { cookieSession, indexedDbStorage, webLock } from '../../../src/client/browser.ts'
import { type ClientOptions, localLock, type SendStorage } from '../../../src/client/index.ts'
import { forgetUnstored, unstoredSends } from './unstored-sends.ts'

const { session, sends: stored } = indexedDbStorage()

/** What was sent in the last moment of a page that is gone belongs to the sends as well. */
const sends: SendStorage = {
  async load() {
    // Another tab may have sent one meanwhile. The server knows it by its `client_id`, and stores it once [M3].
    for (const send of unstoredSends()) await sends.put(send)
    return await stored.load()
  },
  async put(send) {
    await stored.put(send)
    forgetUnstored(send.clientId)
  },
  async delete(clientId) {
    forgetUnstored(clientId)
    await stored.delete(clientId)
  },
}

/**
 * Where the page keeps its session, and what is not sent yet. The refresh token is in a cookie that no script reads.
 * Web Locks are there in secure contexts alone.
 */
export const storage: Required<Pick<ClientOptions, 'session' | 'sends' | 'lock'>> = {
  session: cookieSession(session),
  sends,
  lock: 'locks' in navigator ? webLock() : localLock(),
}
