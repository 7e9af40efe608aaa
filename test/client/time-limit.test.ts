import { expect, test } from 'vitest'
import { createClient } from '../../src/client/index.ts'

test('a request ends after 30 s without an answer, and its time limit ends with it', async () => {
  const timers = new Map<number, () => void>()
  let last = 0
  const client = createClient({
    url: 'http://chat.test',
    fetch: async (_, { signal }) =>
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    clock: {
      now: () => 0,
      wall: () => 0,
      random: () => 0,
      setTimer(run, ms) {
        const id = ++last
        if (ms === 30_000) timers.set(id, run)
        return () => timers.delete(id)
      },
    },
  })
  const answer = client.login('ana', 'a long enough secret')
  await expect.poll(() => timers.size).toBe(1)
  for (const run of timers.values()) run()
  await expect(answer).rejects.toMatchObject({ code: 'network' })
  expect(timers.size).toBe(0)
})
