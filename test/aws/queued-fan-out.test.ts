import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { withDeadline } from '../../src/aws/deadline.ts'
import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import { wakeUp } from '../../src/core/fan-out/wake-up.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import type { DurableEvent } from '../../src/protocol/socket.ts'

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/fan-out.fifo'

function setUp() {
  const client = new SQSClient({ region: 'eu-central-1' })
  const mock = mockClient(client)
  const errors: (Record<string, unknown> | undefined)[] = []
  const waits: number[] = []
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_message: string, fields?: Record<string, unknown>) => void errors.push(fields),
  }
  const wait = async (ms: number) => void waits.push(ms)
  const fanOut = createQueuedFanOut(log, queueUrl, { client, wait })
  const requests = () => mock.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input)
  return { fanOut, mock, errors, waits, requests }
}

function event(seq: number): DurableEvent {
  return { type: 'room.deleted', room_id: 7, seq, timestamp: '2026-11-25T00:00:00.000Z' }
}

describe(createQueuedFanOut, () => {
  it('wakes every shard of a room in one request, and says no more than where to read', async () => {
    const { fanOut, mock, requests } = setUp()
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] })
    expect(await fanOut.toRoom(7, [event(3), event(4)])).toBe(true)
    const [request, ...others] = requests()
    expect(others).toEqual([])
    expect(request!.QueueUrl).toBe(queueUrl)
    const entries = request!.Entries ?? []
    expect(entries.map(({ MessageBody }) => wakeUp.parse(JSON.parse(MessageBody!)))).toEqual(
      [0, 1, 2, 3].map((shard) => ({
        kind: 'room',
        room_id: 7,
        shards: 4,
        shard,
        first_seq: 3,
        last_seq: 4,
      })),
    )
    expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([
      'room-7-0-of-4',
      'room-7-1-of-4',
      'room-7-2-of-4',
      'room-7-3-of-4',
    ])
  })

  it('tells the worker which request it is woken for', async () => {
    const { fanOut, mock, requests } = setUp()
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] })
    await withRequestId('the-request', async () => {
      await fanOut.toRoom(7, [event(3)])
      await fanOut.toTakenBack(7, 3)
    })
    const bodies = requests().flatMap(({ Entries = [] }) =>
      Entries.map(({ MessageBody }) => wakeUp.parse(JSON.parse(MessageBody!))),
    )
    expect(bodies.map(({ request_id }) => request_id)).toEqual(
      Array.from({ length: 5 }, () => 'the-request'),
    )
  })

  it('[M3] gives the same event another deduplication id each time, and none twice in a request', async () => {
    const { fanOut, mock, requests } = setUp()
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] })
    await fanOut.toRoom(7, [event(3)])
    await fanOut.toRoom(7, [event(3)])
    const ids = requests().flatMap(({ Entries = [] }) =>
      Entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId),
    )
    expect(new Set(ids).size).toBe(8)
  })

  it('sends again what was not taken, with the same deduplication ids', async () => {
    const { fanOut, mock, requests, waits, errors } = setUp()
    mock
      .on(SendMessageBatchCommand)
      .rejectsOnce(new Error('socket hang up'))
      .resolvesOnce({
        Successful: [],
        Failed: [{ Id: '2', Code: 'InternalError', SenderFault: false }],
      })
      .resolves({ Successful: [], Failed: [] })
    expect(await fanOut.toRoom(7, [event(3)])).toBe(true)
    const [first, second, third] = requests().map(({ Entries }) => Entries)
    expect(second).toEqual(first)
    expect(third).toEqual([first![2]])
    expect(waits).toEqual([200, 400])
    expect(errors).toEqual([])
  })

  it('[W5] says that nobody took it after four attempts, and logs that', async () => {
    const { fanOut, mock, requests, errors } = setUp()
    mock.on(SendMessageBatchCommand).rejects(new Error('connect ECONNREFUSED'))
    expect(await fanOut.toRoom(7, [event(3)])).toBe(false)
    expect(requests()).toHaveLength(4)
    expect(errors).toHaveLength(1)
  })

  it('does not try beyond the time of its handler', async () => {
    const { fanOut, mock, requests } = setUp()
    mock.on(SendMessageBatchCommand).rejects(new Error('connect ECONNREFUSED'))
    const soon = performance.now() + 50
    expect(await withDeadline(soon, () => fanOut.toRoom(7, [event(3)]))).toBe(false)
    expect(requests()).toHaveLength(1)
  })
})
