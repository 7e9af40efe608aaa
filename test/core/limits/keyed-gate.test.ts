/** The gate in which a user's requests wait outside of the database. */
import { describe, expect, test, vi } from 'vitest'
import { readLimits } from '../../../functions/env.ts'
import { createKeyedGate } from '../../../src/core/limits/keyed-gate.ts'
import { createProcessLimits } from '../../../src/core/limits/process-limits.ts'
import { RateLimitedError } from '../../../src/core/errors.ts'

/** Work that a test ends, and a record of what has begun. */
function createWork() {
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const workOf = (name: string) => async () => {
    begun.push(name)
    const end = Promise.withResolvers<void>()
    ends.set(name, end)
    await end.promise
    return name
  }
  return { begun, workOf, end: (name: string) => ends.get(name)!.resolve(), ends }
}

/** Lets everything continue that waits for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a gate with a key', () => {
  test('runs a number of tasks at once, and the others in order of arrival', async () => {
    const gate = createKeyedGate({ atOnce: 2, waiting: 10 })
    const { begun, workOf, end } = createWork()
    const done = ['a', 'b', 'c', 'd'].map((name) => gate('one', workOf(name)))
    await settle()
    expect(begun).toEqual(['a', 'b'])
    end('b')
    // It comes when a place has just become free. It must not overtake the waiting ones.
    const late = gate('one', workOf('late'))
    await settle()
    expect(begun).toEqual(['a', 'b', 'c'])
    end('a')
    end('c')
    await settle()
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'late'])
    end('d')
    end('late')
    expect(await Promise.all([...done, late])).toEqual(['a', 'b', 'c', 'd', 'late'])
  })

  test('does not make other keys wait', async () => {
    const gate = createKeyedGate({ atOnce: 1, waiting: 10 })
    const { begun, workOf, end } = createWork()
    const one = gate('one', workOf('a'))
    const two = gate('two', workOf('b'))
    expect(begun).toEqual(['a', 'b'])
    end('a')
    end('b')
    await Promise.all([one, two])
  })

  test('refuses a task when the queue is full, and says when to try again', async () => {
    const gate = createKeyedGate({ atOnce: 1, waiting: 1 })
    const { begun, workOf, end } = createWork()
    const taken = [gate('one', workOf('a')), gate('one', workOf('b'))]
    const refused = gate('one', workOf('c'))
    await expect(refused).rejects.toThrow(RateLimitedError)
    await expect(refused).rejects.toThrow('too many requests at once: try again in 1 s')
    end('a')
    await settle()
    end('b')
    await Promise.all(taken)
    expect(begun).toEqual(['a', 'b'])
  })

  test('passes the place on when the task fails', async () => {
    const gate = createKeyedGate({ atOnce: 1, waiting: 1 })
    const failing = gate('one', () => Promise.reject(new Error('it failed')))
    const next = gate('one', async () => 'done')
    await expect(failing).rejects.toThrow('it failed')
    expect(await next).toBe('done')
  })
})

describe('[W6] the limits of a process', () => {
  test('replay to one socket at a time, and users take turns', async () => {
    const limits = createProcessLimits(readLimits({}))
    const { begun, workOf, end } = createWork()
    const done = ['a1', 'a2', 'a3', 'b1'].map((name) =>
      limits.forReplay(name.startsWith('a') ? 1 : 2, 1, workOf(name)),
    )
    for (const name of ['a1', 'b1', 'a2', 'a3']) {
      await settle()
      expect(begun.at(-1)).toBe(name)
      end(name)
    }
    expect(await Promise.all(done)).toEqual(['a1', 'a2', 'a3', 'b1'])
    expect(begun).toEqual(['a1', 'b1', 'a2', 'a3'])
  })

  test('replay 10,000 events in a second, and 1,000 of those that users repeat', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    try {
      const limits = createProcessLimits(readLimits({}))
      const read: string[] = []
      const replayTo = (name: string, userId: number, reads: readonly number[]) => {
        const count = reads.reduce((sum, events) => sum + events, 0)
        return limits.forReplay(userId, count, async (pace) => {
          for (const events of reads) {
            await pace(events)
            read.push(`${name} ${events}`)
          }
          return name
        })
      }
      const after = async (ms: number) => {
        await settle()
        vi.advanceTimersByTime(ms)
        await settle()
        return read.splice(0)
      }
      const done = [replayTo('first of 1', 1, [300, 300, 300])]
      // A single replay begins at once. The rest of it is paced.
      expect(await after(0)).toEqual(['first of 1 300'])
      expect(await after(29)).toEqual([])
      expect(await after(1)).toEqual(['first of 1 300'])
      expect(await after(30)).toEqual(['first of 1 300'])
      // A few tabs that miss little are not repeated; more than 1,000 events in 60 s are.
      done.push(replayTo('tab of 1', 1, [40]), replayTo('second of 1', 1, [300, 300]))
      expect(await after(30)).toEqual(['tab of 1 40'])
      expect(await after(4)).toEqual(['second of 1 300'])
      // All who repeat share the slower pace; those who do not pass by.
      done.push(replayTo('first of 2', 2, [1_000]), replayTo('second of 2', 2, [500]))
      expect(await after(30)).toEqual(['first of 2 1000'])
      expect(await after(265)).toEqual([])
      expect(await after(1)).toEqual(['second of 1 300'])
      expect(await after(299)).toEqual([])
      expect(await after(1)).toEqual(['second of 2 500'])
      expect(await Promise.all(done)).toHaveLength(5)
    } finally {
      vi.useRealTimers()
    }
  })

  test('replay nothing to a user whose turn does not come within 5 s', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const limits = createProcessLimits(readLimits({}))
      const { begun, workOf, end } = createWork()
      const done = [1, 2, 3].map((id) => limits.forReplay(id, 1, workOf(`of ${id}`)))
      await settle()
      vi.advanceTimersByTime(4_900)
      end('of 1')
      await settle()
      vi.advanceTimersByTime(200)
      end('of 2')
      expect(await Promise.all(done)).toEqual(['of 1', 'of 2', undefined])
      expect(begun).toEqual(['of 1', 'of 2'])
    } finally {
      vi.useRealTimers()
    }
  })

  test('leave most database connections to messages while a crowd of sockets comes or goes', async () => {
    const limits = createProcessLimits(readLimits({}))
    const { begun, workOf, end } = createWork()
    const names = Array.from({ length: 1_000 }, (_, n) => `socket ${n}`)
    const done = Promise.all(names.map((name) => limits.forArrival(name, workOf(name))))
    for (const [n, name] of names.entries()) {
      await settle()
      expect(begun).toHaveLength(Math.min(names.length, n + 2))
      end(name)
    }
    expect(await done).toEqual(names)
  })

  test('accept one socket of a user at a time, so that others get their turn', async () => {
    const limits = createProcessLimits(readLimits({}))
    const { begun, workOf, end } = createWork()
    const done = ['a', 'b', 'c'].map((name) => limits.forArrival(1, workOf(name)))
    done.push(limits.forArrival(2, workOf('of another')))
    await settle()
    expect(begun).toEqual(['a', 'of another'])
    for (const name of ['a', 'b', 'c', 'of another']) {
      end(name)
      await settle()
    }
    await Promise.all(done)
  })
})
