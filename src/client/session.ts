import { fits, isObject, shapes } from './core/shape.ts'
import type { Me } from './core/state.ts'
import { badForm } from './core/turn.ts'
import { ChatError, toChatError } from './errors.ts'
import type { Clock } from './clock.ts'
import type { SignedIn, Tokens } from './wire.ts'

/** A session as it is kept. */
export interface StoredSession {
  readonly user: Me
  /** Empty: it was in the memory of a page that is gone. */
  readonly access: string
  /** Undefined: it is in a cookie. */
  readonly refresh?: string | undefined
  /** About when the access token ends, in milliseconds since 1970: a hint, for the clock may be wrong. */
  readonly until: number
}

/** Where a session is kept. Tabs that share it share the session. */
export interface SessionStorage {
  /** The refresh token is in a cookie, and this keeps none [A7]. */
  readonly refreshIn?: 'cookie'
  load(): Promise<StoredSession | null>
  /** null: there is none any more. */
  save(session: StoredSession | null): Promise<void>
}

/** Runs one piece of work at a time among all who share a session's storage. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>

interface KeeperOptions {
  readonly storage: SessionStorage
  readonly lock: Lock
  /** Asks the server for the next pair of tokens; by the cookie when no refresh token is given. */
  readonly refresh: (refresh: string | undefined) => Promise<Tokens>
  readonly clock: Pick<Clock, 'now' | 'wall'>
  /** Told once when the server has refused a refresh. */
  readonly onEnd: (error: ChatError) => void
  readonly report: (error: ChatError) => void
}

/** A token that has less to live is refreshed first. */
const marginMs = 60_000

export interface SessionKeeper {
  /** Takes along the session of the storage, if there is one. */
  load(): Promise<Me | null>
  begin(signedIn: SignedIn): Promise<Me>
  /** Forgets the session; the server is not told. */
  end(): Promise<void>
  /**
   * An access token: another one than `refused`, which the server did not take. Throws `signed_out` when there is no
   * session, and whatever kept a refresh from being answered.
   */
  access(refused?: string): Promise<string>
}

/**
 * Gives access tokens that are good: refreshes them before they expire, one refresh at a time, also among tabs. How
 * long a token lives is counted from when it came, so that a wrong clock does no harm.
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

  /** What was kept may have been for a while. */
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

  /** What cannot be kept is good until the page is left. */
  async function save(): Promise<void> {
    await storage
      .save(session)
      .catch((error: unknown) => report(storageError('the session could not be kept', error)))
  }

  async function refreshOnce(before: StoredSession): Promise<string> {
    // Another tab may have been faster: its tokens are as fresh as our own would be.
    const stored = await read()
    const isStored = stored?.user.id === before.user.id
    // Two tokens that were made in one second are the same text, so that they are told apart by their ends.
    if (isStored && stored.access && stored.until !== before.until) {
      takeAlong(stored)
      return stored.access
    }
    try {
      const tokens = await refresh(before.refresh)
      if (!fits(tokens, shapes.tokens)) throw badForm()
      // Somebody signed out meanwhile, or signed in as another.
      if (session !== before) throw signedOut()
      // The cookie is of whoever signed in last, in whatever tab.
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

/** How long a token lives: both of its times are of the server's clock. 0 when it does not say. */
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
