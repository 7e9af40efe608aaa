/** The storages and the lock of a client in a browser. */
import type { Lock, SessionStorage, StoredSession } from './session.ts'
import type { SendStorage } from './storage.ts'

/** The part of IndexedDB that this library uses. */
interface Target {
  addEventListener(type: string, listener: () => void): void
}
interface DbRequest<T = unknown> extends Target {
  result: T
  error: unknown
}
interface Database {
  createObjectStore(name: string): unknown
  transaction(
    stores: string,
    mode: 'readonly' | 'readwrite',
  ): Target & {
    objectStore(name: string): {
      getAll(): DbRequest
      get(key: string): DbRequest
      put(value: unknown, key: string): DbRequest
      delete(key: string): DbRequest
    }
    error: unknown
  }
  close(): void
}
interface Factory {
  open(name: string, version: number): DbRequest<Database>
}

/**
 * Stores the session and the sends in the browser's IndexedDB, which the tabs of an origin share. When the browser
 * closes the connection, as Safari does, it is opened again.
 */
export function indexedDbStorage(name = 'quick-connect'): {
  readonly session: SessionStorage
  readonly sends: SendStorage
} {
  let opened: Promise<Database> | undefined

  async function open(): Promise<Database> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of browsers are not those of Node
    const { indexedDB } = globalThis as unknown as { indexedDB?: Factory }
    if (!indexedDB) throw new Error('there is no IndexedDB here')
    const request = indexedDB.open(name, 1)
    return await new Promise((resolve, reject) => {
      request.addEventListener('upgradeneeded', () => {
        request.result.createObjectStore('session')
        request.result.createObjectStore('sends')
      })
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(asError(request.error)))
      request.addEventListener('blocked', () => reject(new Error('another tab keeps it blocked')))
    })
  }

  type Objects = ReturnType<ReturnType<Database['transaction']>['objectStore']>

  async function attempt<T>(store: string, act: (objects: Objects) => DbRequest): Promise<T> {
    opened ??= open()
    const transaction = (await opened).transaction(store, 'readwrite')
    const request = act(transaction.objectStore(store))
    return await new Promise((resolve, reject) => {
      // The value is stored only when the transaction is complete.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was put comes back
      transaction.addEventListener('complete', () => resolve(request.result as T))
      transaction.addEventListener('abort', () => reject(asError(transaction.error)))
    })
  }

  async function run<T>(store: string, act: (objects: Objects) => DbRequest): Promise<T> {
    try {
      return await attempt(store, act)
    } catch {
      opened?.then((database) => database.close()).catch(() => undefined)
      opened = undefined
      return await attempt(store, act)
    }
  }

  return {
    session: {
      load: async () =>
        (await run<StoredSession | undefined>('session', (all) => all.get('it'))) ?? null,
      save: async (session) =>
        void (await run('session', (all) => (session ? all.put(session, 'it') : all.delete('it')))),
    },
    sends: {
      load: async () => await run('sends', (all) => all.getAll()),
      put: async (send) => void (await run('sends', (all) => all.put(send, send.clientId))),
      delete: async (clientId) => void (await run('sends', (all) => all.delete(clientId))),
    },
  }
}

/** The part of BroadcastChannel that this library uses. */
interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

/**
 * Stores no token where a script could find it later [A7]. The refresh token is in a cookie. The access token is in the
 * memory of the tabs, which send it to one another. `kept`, for example from `indexedDbStorage()`, stores only who is
 * signed in.
 */
export function cookieSession(kept: SessionStorage, name = 'quick-connect'): SessionStorage {
  let own: StoredSession | null | undefined
  /** The last session that another tab sent. */
  let told: StoredSession | undefined
  let onTold: (() => void) | undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of browsers are not those of Node
  const channel = new BroadcastChannel(name) as unknown as Channel
  channel.addEventListener('message', ({ data }) => {
    if (data === 'ask') {
      if (own?.access) channel.postMessage(own)
      return
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this library in another tab
    told = data as StoredSession
    onTold?.()
  })

  /** Returns the session of the tab that refreshed last, or undefined when no tab answers in time. */
  async function hear(
    { until, user }: StoredSession,
    ms: number,
  ): Promise<StoredSession | undefined> {
    const find = () => (told?.until === until && told.user.id === user.id ? told : undefined)
    if (find() || until - Date.now() < 60_000) return find()
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(find()), ms)
      onTold = () => {
        if (!find()) return
        clearTimeout(timer)
        resolve(find())
      }
      channel.postMessage('ask')
    })
  }

  return {
    refreshIn: 'cookie',
    async load() {
      const stored = await kept.load()
      // The first load needs only to know who is signed in, without delay.
      if (!stored || own === undefined) return (own = stored)
      if (own?.access && own.until === stored.until) return own
      // Another tab may have refreshed, and may be slow. Or this page was just opened, and there is no other tab.
      const theirs = await hear(stored, own?.access ? 3_000 : 50)
      return (own = theirs ?? (own?.user.id === stored.user.id ? own : stored))
    },
    async save(session) {
      own = session
      if (session) channel.postMessage(session)
      await kept.save(session && { ...session, access: '' })
    },
  }
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error('it was refused'))

/**
 * A lock between the tabs of a browser (Web Locks). A tab that the browser has suspended may hold the lock for ever. So
 * after `waitMs` the work is done without the lock. The server tolerates this [A3].
 */
export function webLock(name = 'quick-connect', waitMs = 5_000): Lock {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of browsers are not those of Node
    const { locks } = navigator as unknown as {
      locks: {
        request<R>(
          name: string,
          options: { signal: AbortSignal },
          work: () => Promise<R>,
        ): Promise<R>
      }
    }
    const waiting = new AbortController()
    const timer = setTimeout(() => waiting.abort(), waitMs)
    let hasBegun = false
    const begin = async () => {
      hasBegun = true
      clearTimeout(timer)
      return await work()
    }
    try {
      return await locks.request(name, { signal: waiting.signal }, begin)
    } catch (error) {
      if (hasBegun || !waiting.signal.aborted) throw error
      return await work()
    }
  }
}
