import { describe, expect, it } from 'vitest'
import { ChatError, localLock, memoryStorage } from '../../src/client/index.ts'
import { createSessionKeeper } from '../../src/client/session.ts'

const user = {
  id: 1,
  username: 'ana',
  display_name: null,
  email: '',
  bio: '',
  read_receipts: true,
  is_admin: false,
  created_at: '',
}

/** Makes a token as the server does: its times are the server's. */
function token(iat: number, seconds: number): string {
  return `x.${btoa(JSON.stringify({ iat, exp: iat + seconds })).replaceAll('=', '')}.x`
}

/** Tabs that share a session, on a machine whose clock is wrong by `wrongMs`. */
function tabs({ count = 1, wrongMs = 0, shared = memoryStorage(), lock = localLock() } = {}) {
  let now = 0
  let tokens = 0
  const ends: ChatError[] = []
  const reports: ChatError[] = []
  const refreshes: string[] = []
  const wall = () => 1_000_000 + now + wrongMs
  let refuse: ChatError | undefined
  const keepers = Array.from({ length: count }, () =>
    createSessionKeeper({
      storage: shared.session,
      lock,
      clock: { now: () => now, wall },
      refresh: async (refresh) => {
        refreshes.push(String(refresh))
        await Promise.resolve()
        if (refuse) throw refuse
        return { access: token(5_000 + ++tokens, 900), refresh: `refresh ${tokens}` }
      },
      onEnd: (error) => ends.push(error),
      report: (error) => reports.push(error),
    }),
  )
  return {
    keepers,
    refreshes,
    ends,
    reports,
    passes: (ms: number) => (now += ms),
    refuses: (code: ChatError['code']) => (refuse = new ChatError(code, code)),
  }
}

const first = { user, access: token(5_000, 900), refresh: 'refresh 0' }

describe('a session', () => {
  it('[A3] is refreshed before its token expires, once however many callers ask', async () => {
    const { keepers, refreshes, passes } = tabs()
    await keepers[0]!.begin(first)
    expect(await keepers[0]!.access()).toBe(first.access)
    passes(841_000)
    const got = await Promise.all([1, 2, 3].map(() => keepers[0]!.access()))
    expect(refreshes).toEqual(['refresh 0'])
    expect(new Set(got).size).toBe(1)
    expect(got[0]).not.toBe(first.access)
  })

  it('[A3] is refreshed by one of several tabs', async () => {
    const { keepers, refreshes, passes } = tabs({ count: 3 })
    await keepers[0]!.begin(first)
    await Promise.all(keepers.slice(1).map((keeper) => keeper.load()))
    passes(841_000)
    const got = await Promise.all(keepers.map((keeper) => keeper.access()))
    expect(refreshes).toEqual(['refresh 0'])
    expect(new Set(got).size).toBe(1)
  })

  it.each([-86_400_000, 86_400_000])(
    'is not harmed by a clock that is wrong by %i ms',
    async (wrongMs) => {
      const shared = memoryStorage()
      const before = tabs({ shared })
      await before.keepers[0]!.begin(first)
      const { keepers, refreshes, passes } = tabs({ shared, wrongMs })
      await keepers[0]!.load()
      await keepers[0]!.access()
      // There is at most one needless refresh, and later one that is needed.
      expect(refreshes.length).toBeLessThanOrEqual(1)
      const used = refreshes.length
      passes(800_000)
      await keepers[0]!.access()
      expect(refreshes.length).toBe(used)
      passes(100_000)
      await keepers[0]!.access()
      expect(refreshes.length).toBe(used + 1)
    },
  )

  it('ends once, and says so, when a refresh is refused', async () => {
    const { keepers, ends, passes, refuses } = tabs()
    await keepers[0]!.begin(first)
    passes(900_000)
    refuses('session_revoked')
    const got = await Promise.allSettled([1, 2].map(() => keepers[0]!.access()))
    for (const each of got)
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'signed_out' } })
    await expect(keepers[0]!.access()).rejects.toMatchObject({ code: 'signed_out' })
    expect(ends).toHaveLength(1)
  })

  it.each(['network', 'unavailable', 'bad_answer', 'rate_limited'] as const)(
    'continues when a refresh fails with %s',
    async (code) => {
      const { keepers, ends, passes, refuses } = tabs()
      await keepers[0]!.begin(first)
      passes(900_000)
      refuses(code)
      await expect(keepers[0]!.access()).rejects.toMatchObject({ code })
      expect(ends).toEqual([])
    },
  )

  it('continues in memory when the storage is full', async () => {
    const session = {
      load: async () => null,
      save: async () => {
        throw new Error('quota exceeded')
      },
    }
    const { keepers, reports } = tabs({ shared: { ...memoryStorage(), session } })
    await keepers[0]!.begin(first)
    expect(await keepers[0]!.access()).toBe(first.access)
    expect(reports).toMatchObject([
      { code: 'storage', message: expect.stringContaining('quota exceeded') },
    ])
  })
})
