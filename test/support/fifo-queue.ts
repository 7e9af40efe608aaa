import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import type { QueueEvent, QueueResult } from '../../functions/jobs/fan-out.ts'

interface Message {
  readonly messageId: string
  readonly body: string
  readonly group: string
  receiveCount: number
  visibleAt: number
}

type Consumer = (event: QueueEvent) => Promise<QueueResult>

const batchSize = 10
const deduplicationMs = 5 * 60_000

/**
 * An SQS FIFO queue with Lambda as its consumer. It models order and repetition:
 * - Messages of a group are delivered in order, and none while another message of the group is in flight.
 * - What the consumer gives back stays in flight until its visibility ends. What was received too often becomes a dead
 *   letter.
 * - A deduplication id that comes again within five minutes is accepted, but not delivered.
 *
 * Only `pass` lets time pass.
 */
export class FifoQueue {
  readonly url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/fan-out.fifo'
  readonly client = new SQSClient({ region: 'eu-central-1' })
  isReachable = true
  readonly deadLetters: string[] = []
  /** The send requests, in order. */
  readonly requests: SendMessageBatchRequestEntry[][] = []
  #messages: Message[] = []
  #seen = new Map<string, number>()
  #now = 0
  #lastId = 0
  readonly #visibilityMs: number
  readonly #maxReceiveCount: number

  constructor({ visibilityMs = 180_000, maxReceiveCount = 3 } = {}) {
    this.#visibilityMs = visibilityMs
    this.#maxReceiveCount = maxReceiveCount
    mockClient(this.client)
      .on(SendMessageBatchCommand)
      .callsFake((input: SendMessageBatchCommandInput) => this.#send(input))
  }

  /** The number of messages that are neither done nor dead letters. */
  get size(): number {
    return this.#messages.length
  }

  pass(ms: number): void {
    this.#now += ms
  }

  /** Loses the waiting messages. */
  purge(): void {
    this.#messages = []
  }

  /** Adds a message as another sender would. */
  put(group: string, body: string): void {
    this.#take({ Id: '0', MessageBody: body, MessageGroupId: group }, `put ${this.#lastId}`)
  }

  /** Swaps the last two requests with this many entries each, as may happen with two senders. */
  swap(entries: number): void {
    const last = this.#messages.splice(-2 * entries)
    this.#messages.push(...last.slice(-entries), ...last.slice(0, -entries))
  }

  /** Delivers one batch of at most 10 messages, from as many groups as needed. Returns whether there was a batch. */
  async deliver(consumer: Consumer): Promise<boolean> {
    const batch = this.#receive()
    if (batch.length === 0) return false
    const { batchItemFailures } = await consumer({
      Records: batch.map(({ messageId, body, group }) => ({
        messageId,
        body,
        attributes: { MessageGroupId: group },
      })),
    })
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    const done = new Set(batch.filter(({ messageId }) => !failed.has(messageId)))
    this.#messages = this.#messages.filter((message) => !done.has(message))
    return true
  }

  /** Delivers until no visible message is left. */
  async drain(consumer: Consumer): Promise<void> {
    while (await this.deliver(consumer));
  }

  #send({ QueueUrl, Entries = [] }: SendMessageBatchCommandInput): SendMessageBatchCommandOutput {
    if (!this.isReachable) throw new Error('connect ECONNREFUSED')
    if (QueueUrl !== this.url) throw new Error(`QueueDoesNotExist: ${QueueUrl}`)
    if (Entries.length === 0) throw new Error('EmptyBatchRequest')
    if (Entries.length > batchSize) throw new Error('TooManyEntriesInBatchRequest')
    if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length) {
      throw new Error('BatchEntryIdsNotDistinct')
    }
    this.requests.push(Entries)
    for (const entry of Entries) {
      const { MessageDeduplicationId } = entry
      if (!MessageDeduplicationId) throw new Error('a MessageDeduplicationId is needed')
      this.#take(entry, MessageDeduplicationId)
    }
    return {
      Successful: Entries.map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '' })),
      Failed: [],
      $metadata: {},
    }
  }

  #take(
    { MessageBody, MessageGroupId }: SendMessageBatchRequestEntry,
    deduplicationId: string,
  ): void {
    if (!MessageGroupId) throw new Error('a MessageGroupId is needed')
    const seenAt = this.#seen.get(deduplicationId)
    if (seenAt !== undefined && this.#now - seenAt < deduplicationMs) return
    this.#seen.set(deduplicationId, this.#now)
    this.#messages.push({
      messageId: String(++this.#lastId),
      body: MessageBody ?? '',
      group: MessageGroupId,
      receiveCount: 0,
      visibleAt: 0,
    })
  }

  #receive(): Message[] {
    const tooOften = this.#messages.filter(
      ({ receiveCount, visibleAt }) =>
        receiveCount >= this.#maxReceiveCount && visibleAt <= this.#now,
    )
    this.deadLetters.push(...tooOften.map(({ body }) => body))
    this.#messages = this.#messages.filter((message) => !tooOften.includes(message))
    const inFlight = new Set(
      this.#messages.filter(({ visibleAt }) => visibleAt > this.#now).map(({ group }) => group),
    )
    const batch = this.#messages.filter(({ group }) => !inFlight.has(group)).slice(0, batchSize)
    for (const message of batch) {
      message.receiveCount++
      message.visibleAt = this.#now + this.#visibilityMs
    }
    return batch
  }
}
