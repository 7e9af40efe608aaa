/** The gate in which a user's requests wait outside the database. */
import { describe, expect, test } from 'vitest'
import { createKeyedGate } from '../src/core/limits/keyed-gate.ts'
import { RateLimitedError } from '../src/core/errors.ts'

/** Work that a test ends, and what of it has begun. */
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

/** Lets everything go on that waits for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a gate with a key', () => {
  test('does so many at once, and the others in the order in which they came', async () => {
    const gate = createKeyedGate({ atOnce: 2, waiting: 10 })
    const { begun, workOf, end } = createWork()
    const done = ['a', 'b', 'c', 'd'].map((name) => gate('one', workOf(name)))
    await settle()
    expect(begun).toEqual(['a', 'b'])
    end('b')
    // It comes when a place has just become free, and does not overtake who waits.
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

  test('lets other keys wait for nothing', async () => {
    const gate = createKeyedGate({ atOnce: 1, waiting: 10 })
    const { begun, workOf, end } = createWork()
    const one = gate('one', workOf('a'))
    const two = gate('two', workOf('b'))
    expect(begun).toEqual(['a', 'b'])
    end('a')
    end('b')
    await Promise.all([one, two])
  })

  test('refuses what finds the queue full, and says when to try again', async () => {
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

  test('gives the place on when the work fails', async () => {
    const gate = createKeyedGate({ atOnce: 1, waiting: 1 })
    const failing = gate('one', () => Promise.reject(new Error('it failed')))
    const next = gate('one', async () => 'done')
    await expect(failing).rejects.toThrow('it failed')
    expect(await next).toBe('done')
  })
})
