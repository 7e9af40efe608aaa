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
 * An SQS FIFO queue with Lambda as its consumer, as far as order and repetition go: messages of a group are
 * delivered in their order, and none while another of the group is in flight; what the consumer gives back
 * stays in flight until its visibility ends, and what was received too often is a dead letter; a
 * deduplication id is taken again within five minutes, and not delivered. Time passes by `pass` alone.
 */
export class FifoQueue {
  readonly url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/fan-out.fifo'
  readonly client = new SQSClient({ region: 'eu-central-1' })
  isReachable = true
  readonly deadLetters: string[] = []
  /** Requests to send, in their order. */
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

  /** Messages that are neither done nor dead letters. */
  get size(): number {
    return this.#messages.length
  }

  pass(ms: number): void {
    this.#now += ms
  }

  /** Loses what waits. */
  purge(): void {
    this.#messages = []
  }

  /** Puts in a message as some other sender would. */
  put(group: string, body: string): void {
    this.#take({ Id: '0', MessageBody: body, MessageGroupId: group }, `put ${this.#lastId}`)
  }

  /** The two requests of so many entries that came last change places, as those of two senders may. */
  swap(entries: number): void {
    const last = this.#messages.splice(-2 * entries)
    this.#messages.push(...last.slice(-entries), ...last.slice(0, -entries))
  }

  /** Delivers one batch of at most 10 messages, of as many groups as it takes. Returns whether there was one. */
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

  /** Delivers until nothing is left that is visible. */
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
