import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import type { QueueEvent } from '../../functions/jobs/fan-out.ts'
import { FifoQueue } from './fifo-queue.ts'

/** A consumer that gives back the messages with these bodies. */
function consumer(...failing: string[]) {
  const batches: string[][] = []
  return {
    batches,
    consume: async ({ Records }: QueueEvent) => {
      batches.push(Records.map(({ body }) => body))
      const failed = Records.filter(({ body }) => failing.includes(body))
      return { batchItemFailures: failed.map((each) => ({ itemIdentifier: each.messageId })) }
    },
  }
}

test('delivers batches of ten in order, with mixed groups', async () => {
  const queue = new FifoQueue()
  const bodies = Array.from({ length: 12 }, (_, n) => String(n))
  for (const body of bodies) queue.put(Number(body) % 2 === 0 ? 'even' : 'odd', body)
  const { batches, consume } = consumer()
  await queue.drain(consume)
  expect(batches).toEqual([bodies.slice(0, 10), bodies.slice(10)])
  expect(queue.size).toBe(0)
})

test('delivers nothing of a group while one of its messages is in flight, until its visibility ends', async () => {
  const queue = new FifoQueue({ visibilityMs: 1_000 })
  queue.put('a', 'bad')
  queue.put('b', 'good')
  const { batches, consume } = consumer('bad')
  await queue.drain(consume)
  queue.put('a', 'behind it')
  queue.put('b', 'good, too')
  await queue.drain(consume)
  queue.pass(999)
  await queue.drain(consume)
  expect(batches).toEqual([['bad', 'good'], ['good, too']])
  queue.pass(1)
  await queue.drain(consume)
  expect(batches.at(-1)).toEqual(['bad', 'behind it'])
})

test('moves messages that were received too often to the dead letters', async () => {
  const queue = new FifoQueue({ visibilityMs: 1_000, maxReceiveCount: 2 })
  queue.put('a', 'bad')
  const { batches, consume } = consumer('bad')
  for (let n = 0; n < 4; n++) {
    await queue.drain(consume)
    queue.pass(1_000)
  }
  expect(batches).toHaveLength(2)
  expect([queue.deadLetters, queue.size]).toEqual([['bad'], 0])
})

test('accepts a deduplication id again within five minutes, and does not deliver it', async () => {
  const queue = new FifoQueue()
  const send = async (body: string) => {
    const Entries = [
      { Id: '0', MessageBody: body, MessageGroupId: 'a', MessageDeduplicationId: 'one' },
    ]
    return await queue.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }))
  }
  await send('first')
  queue.pass(5 * 60_000 - 1)
  expect((await send('again')).Successful).toHaveLength(1)
  queue.pass(1)
  await send('later')
  const { batches, consume } = consumer()
  await queue.drain(consume)
  expect(batches).toEqual([['first', 'later']])
})
