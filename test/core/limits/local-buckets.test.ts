/** Buckets in the memory of a process: the same as those in the database, and bounded. */
import { describe, expect, test } from 'vitest'
import { createLocalBuckets } from '../../../src/core/limits/local-buckets.ts'

const limit = { count: 3, seconds: 60 }

function createBuckets(max?: number) {
  let at = 1_000
  const buckets = createLocalBuckets(max, () => at)
  return { ...buckets, wait: (ms: number) => void (at += ms) }
}

describe(createLocalBuckets, () => {
  test('lets a burst through, refuses what is beyond it, and says when there is one again', () => {
    const { take, wait } = createBuckets()
    expect([take('a', limit), take('a', limit), take('a', limit)]).toEqual(
      [2, 1, 0].map((remaining) => ({
        limit: 3,
        remaining,
        resetMs: (3 - remaining) * 20_000,
        retryAfterMs: undefined,
      })),
    )
    const refused = { limit: 3, remaining: 0, resetMs: 60_000, retryAfterMs: 20_000 }
    expect(take('a', limit)).toEqual(refused)
    // What is refused costs nothing.
    expect(take('a', limit)).toEqual(refused)
    wait(19_999)
    expect(take('a', limit).retryAfterMs).toBe(1)
    wait(1)
    expect(take('a', limit)).toMatchObject({ remaining: 0, retryAfterMs: undefined })
    wait(600_000)
    expect(take('a', limit)).toMatchObject({ remaining: 2, resetMs: 20_000 })
  })

  test('spends all of a limit that its time does not divide evenly, and no more', () => {
    const { take } = createBuckets()
    const odd = { count: 7, seconds: 60 }
    const left = Array.from({ length: 8 }, () => take('a', odd).remaining)
    expect(left).toEqual([6, 5, 4, 3, 2, 1, 0, 0])
    expect(take('a', odd).retryAfterMs).toBe(Math.ceil(60_000 / 7))
  })

  test('keeps keys apart', () => {
    const { take } = createBuckets()
    for (let n = 0; n < 4; n++) take('a', limit)
    expect(take('b', limit).remaining).toBe(2)
  })

  test('refuses for as long as another process says', () => {
    const { take, refuseFor, wait } = createBuckets()
    take('a', limit)
    expect(refuseFor('a', limit, 5_000)).toMatchObject({ remaining: 0, retryAfterMs: 5_000 })
    wait(4_999)
    expect(take('a', limit).retryAfterMs).toBe(1)
    wait(1)
    expect(take('a', limit)).toMatchObject({ remaining: 0, retryAfterMs: undefined })
  })

  test('remembers so many keys, those that were charged last', () => {
    const { take } = createBuckets(2)
    for (const key of ['a', 'b', 'a', 'c']) take(key, limit)
    expect(take('a', limit).remaining).toBe(0)
    expect(take('b', limit).remaining).toBe(2)
  })
})
