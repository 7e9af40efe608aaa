import { cookieSession, indexedDbStorage, webLock } from '../../../src/client/browser.ts'
import { type ClientOptions, localLock, type SendStorage } from '../../../src/client/index.ts'
import { forgetUnstored, unstoredSends } from './unstored-sends.ts'

const { session, sends: stored } = indexedDbStorage()

/** Adds the sends of the last moment of a page that is closed. */
const sends: SendStorage = {
  async load() {
    // Another tab may have sent it meanwhile. The server recognizes it by its `client_id`, and stores it once
    // [M3].
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
 * The storage of the page for its session and its unsent messages. The refresh token is in a cookie that no
 * script can read. Web Locks exist only in secure contexts.
 */
export const storage: Required<Pick<ClientOptions, 'session' | 'sends' | 'lock'>> = {
  session: cookieSession(session),
  sends,
  lock: 'locks' in navigator ? webLock() : localLock(),
}
