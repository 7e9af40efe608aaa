import { fits, isObject, shapes } from './core/shape.ts'
import type { Me } from './core/state.ts'
import { badForm } from './core/turn.ts'
import { ChatError, toChatError } from './errors.ts'
import type { Clock } from './clock.ts'
import type { SignedIn, Tokens } from './wire.ts'

/** A session as it is stored. */
export interface StoredSession {
  readonly user: Me
  /** The access token. Empty when it was in the memory of a page that is closed. */
  readonly access: string
  /** The refresh token. Undefined when it is in a cookie. */
  readonly refresh?: string | undefined
  /**
   * Approximately when the access token expires, in milliseconds since 1970. It is a hint, because the clock may
   * be wrong.
   */
  readonly until: number
}

/** Stores a session. Tabs that share the storage share the session. */
export interface SessionStorage {
  /** Set when the refresh token is in a cookie, so that this stores none [A7]. */
  readonly refreshIn?: 'cookie'
  load(): Promise<StoredSession | null>
  /** Stores a session, or deletes it with null. */
  save(session: StoredSession | null): Promise<void>
}

/** Runs one piece of work at a time among all clients that share a session's storage. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>

interface KeeperOptions {
  readonly storage: SessionStorage
  readonly lock: Lock
  /** Asks the server for the next pair of tokens. Without a refresh token it uses the cookie. */
  readonly refresh: (refresh: string | undefined) => Promise<Tokens>
  readonly clock: Pick<Clock, 'now' | 'wall'>
  /** Called once when the server has refused a refresh. */
  readonly onEnd: (error: ChatError) => void
  readonly report: (error: ChatError) => void
}

/** A token that expires sooner is refreshed before it is used. */
const marginMs = 60_000

export interface SessionKeeper {
  /** Loads the session of the storage, if there is one. */
  load(): Promise<Me | null>
  begin(signedIn: SignedIn): Promise<Me>
  /** Deletes the session here, without telling the server. */
  end(): Promise<void>
  /**
   * Returns an access token, but not `refused`, which the server did not accept. Throws `signed_out` when there is no
   * session, or the error of a failed refresh.
   */
  access(refused?: string): Promise<string>
}

/**
 * Provides valid access tokens. It refreshes them before they expire, one refresh at a time, also between tabs. The
 * life of a token is counted from its arrival, so that a wrong clock does no harm.
 */
export function createSessionKeeper({
  storage,
  lock,
  refresh,
  clock: { now, wall },
  onEnd,
  report,
}: KeeperOptions): SessionKeeper {
  let session: StoredSession | null = null
  let freshUntil = 0
  let refreshing: Promise<string> | undefined

  function keep(user: Me, { access, refresh }: Tokens): void {
    takeAlong({ user, access, refresh, until: wall() + lifeMs(access) })
  }

  /** A stored token may be old already. */
  function takeAlong(stored: StoredSession): void {
    session = stored
    freshUntil = now() + Math.min(stored.until - wall(), lifeMs(stored.access)) - marginMs
  }

  async function read(): Promise<StoredSession | null> {
    const stored = await storage.load().catch((error: unknown) => {
      report(storageError('the session could not be read', error))
      return session
    })
    return fits(stored, shapes.session) ? stored : null
  }

  /** A session that cannot be stored works until the page is closed. */
  async function save(): Promise<void> {
    await storage
      .save(session)
      .catch((error: unknown) => report(storageError('the session could not be kept', error)))
  }

  async function refreshOnce(before: StoredSession): Promise<string> {
    // Another tab may have refreshed already. Its tokens are as good as new ones.
    const stored = await read()
    const isStored = stored?.user.id === before.user.id
    // Two tokens of the same second have the same text. Their expiry distinguishes them.
    if (isStored && stored.access && stored.until !== before.until) {
      takeAlong(stored)
      return stored.access
    }
    try {
      const tokens = await refresh(before.refresh)
      if (!fits(tokens, shapes.tokens)) throw badForm()
      // Meanwhile the user has signed out, or another user has signed in.
      if (session !== before) throw signedOut()
      // The cookie belongs to the last sign-in of any tab.
      const { sub = before.user.id } = readClaims(tokens.access)
      if (Number(sub) !== before.user.id)
        throw new ChatError('session_revoked', 'somebody else signed in')
      keep(before.user, tokens)
      await save()
      return tokens.access
    } catch (error) {
      const told = toChatError(error)
      if (told.code !== 'unauthenticated' && told.code !== 'session_revoked') throw told
      if (session === before) {
        session = null
        if (isStored) await save()
        onEnd(told)
      }
      throw signedOut(told)
    }
  }

  return {
    async load() {
      const stored = await read()
      session = stored
      if (stored) takeAlong(stored)
      return stored?.user ?? null
    },
    async begin({ user: { id, username }, ...tokens }) {
      const me = { id, username }
      keep(me, tokens)
      await save()
      return me
    },
    async end() {
      session = null
      await save()
    },
    async access(refused) {
      const before = session
      if (!before) throw signedOut()
      if (refused !== before.access && now() < freshUntil) return before.access
      refreshing ??= lock(async () => await refreshOnce(before)).finally(
        () => (refreshing = undefined),
      )
      return await refreshing
    },
  }
}

export function signedOut(cause?: ChatError): ChatError {
  return new ChatError('signed_out', cause?.message ?? 'sign in first', {
    cause,
  })
}

export function storageError(text: string, cause: unknown): ChatError {
  return new ChatError('storage', `${text} (${toChatError(cause).message})`, { cause })
}

/**
 * Returns the lifetime of a token, from two times of the server's clock. Returns 0 when the token does not have
 * them.
 */
function lifeMs(token: string): number {
  const { exp, iat } = readClaims(token)
  const life = Number(exp) - Number(iat)
  return life > 0 ? life * 1000 : 0
}

function readClaims(token: string): Record<string, unknown> {
  try {
    const [, payload = ''] = token.split('.')
    const json: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return isObject(json) ? json : {}
  } catch {
    return {}
  }
}
