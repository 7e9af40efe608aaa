/**
 * Sends of one room go to the database in batches, one batch after another, in the order in which they came. This has
 * three effects:
 *
 * A process publishes in the order of the log. A busy room makes only one database connection wait for the room's lock.
 * The busier a room is, the more messages share a statement and a frame.
 *
 * A process that has one request at a time (Lambda) has batches of one.
 *
 * [C7] An outsider must not wait behind the members of a private room, because the wait would show that the room
 * exists. So if others are in the room's lane, a sender who has not yet sent to the room is looked up before they join
 * the lane.
 */
import type { DurableEvent } from '../../protocol/socket.ts'
import { measurePush } from '../monitoring/measure-push.ts'
import { type Audience, isForFanOut, publish, publishAgain, type Pushes } from '../push/publish.ts'
import type { ChatContext, Limits } from '../context.ts'
import { ChatError } from '../errors.ts'
import { isUnavailable } from '../database/unavailable.ts'
import { announceNotified } from '../notifications/announce-notified.ts'
import type { Notifying } from '../ports.ts'
import { isMember } from './is-member.ts'
import { createRecentlyPublished } from './recently-published.ts'
import { type Send, type Sent, storeMessages } from './send-messages.ts'

export interface SendQueue {
  /** [W5] Stores a message and publishes it. It resolves after the commit and the publishing. */
  send(send: Send): Promise<Sent>
  /**
   * Says which room a one-room socket is for, since its frames do not name the room. The code that lets the socket in
   * calls this.
   */
  opened(connectionId: string, roomId: number): void
  closed(connectionId: string): void
}

/** The limits that a send is charged to. */
interface SendLimits {
  readonly limits: Pick<Limits, 'frames' | 'sends' | 'repeats'>
}

interface Waiting extends PromiseWithResolvers<Sent> {
  readonly send: Send
}

/** A stored message, and its place in the batch, from 1. */
interface Telling {
  readonly n: number
  readonly sent: Sent
}

const batchSize = 50
const sendersMax = 10_000

export function createSendQueue(
  context: Pushes & Pick<ChatContext, 'fanOut' | 'metrics'> & SendLimits,
  now?: () => number,
): SendQueue {
  const lanes = new Map<number | string, Waiting[]>()
  const roomOfConnection = new Map<string, number>()
  const recent = createRecentlyPublished(now)

  /** Senders whose last send to a room was accepted. The sender of the latest send is last. */
  const senders = new Set<string>()
  /** For each sender who is being looked up: whether they may join the room's lane. Their next sends wait for this. */
  const decisions = new Map<string, Promise<boolean>>()

  function roomOf({ roomId, connectionId = '' }: Send): number | undefined {
    return roomId ?? roomOfConnection.get(connectionId)
  }

  function senderOf(send: Send): string {
    return `${roomOf(send) ?? ''} ${send.connectionId ?? send.sessionId}`
  }

  function decide(sender: string, decision: Promise<boolean>): void {
    const forget = () => void decisions.delete(sender)
    decisions.set(sender, decision)
    decision.then(forget, forget)
  }

  function remember(send: Send, outcome: Sent | ChatError): void {
    const sender = senderOf(send)
    if (!(outcome instanceof ChatError)) {
      senders.delete(sender)
      senders.add(sender)
      if (senders.size > sendersMax) senders.delete(senders.values().next().value!)
    } else if (isRefusal(outcome)) senders.delete(sender)
  }

  function enqueue(key: number | string, send: Send): Promise<Sent> {
    const waiting = { send, ...Promise.withResolvers<Sent>() }
    const lane = lanes.get(key)
    if (lane) lane.push(waiting)
    else {
      const opened = [waiting]
      lanes.set(key, opened)
      void drain(key, opened)
    }
    return waiting.promise
  }

  async function drain(key: number | string, lane: Waiting[]): Promise<void> {
    // Sends of the same turn of the event loop share a batch.
    await Promise.resolve()
    while (lane.length > 0) await settle(lane.splice(0, batchSize))
    lanes.delete(key)
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const { outcomes, audiences, notified } = await storeMessages(
        context.db,
        context.limits,
        batch.map(({ send }) => send),
        new Set(batch.flatMap(({ send }) => roomOf(send) ?? [])),
        context.fanOut.recipientsAsked,
      )
      const telling = toTell(outcomes)
      let isTold = true
      for (const audience of audiences) isTold = (await publishTo(audience, telling)) && isTold
      isTold = (await announceNotified(context, telling.map(toNotifying), notified)) && isTold
      if (isTold) for (const { sent } of telling) recent.add(sent.message.id)
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index]!
        remember(waiting.send, outcome)
        if (outcome instanceof ChatError) waiting.reject(outcome)
        else if (isTold) waiting.resolve(outcome)
        else waiting.reject(notTold())
      }
    } catch (error) {
      // A send that makes the statement fail must not fail the other sends of its batch. So each one is tried alone.
      if (batch.length > 1 && !isUnavailable(error)) {
        for (const waiting of batch) await settle([waiting])
      } else {
        for (const waiting of batch) waiting.reject(error)
      }
    }
  }

  /**
   * [M3] The messages that have to be published. A repeat is left out, and only answered, if the message was published
   * a moment ago or is in this batch already.
   */
  function toTell(outcomes: readonly (Sent | ChatError)[]): Telling[] {
    const sent = outcomes.flatMap((outcome, index) =>
      outcome instanceof ChatError ? [] : [{ n: index + 1, sent: outcome }],
    )
    const told = new Set(
      sent.flatMap(({ sent: { isDuplicate, message } }) => (isDuplicate ? [] : [message.id])),
    )
    return sent.filter(({ sent: { isDuplicate, message } }) => {
      if (!isDuplicate) return true
      if (told.has(message.id) || recent.has(message.id)) return false
      told.add(message.id)
      return true
    })
  }

  async function publishTo(audience: Audience, telling: readonly Telling[]): Promise<boolean> {
    const here = telling.filter(({ sent }) => sent.message.room_id === audience.roomId)
    const fresh = here.filter(({ sent }) => !sent.isDuplicate)
    const repeated = here.filter(({ sent }) => sent.isDuplicate)
    let isTold = true
    if (fresh.length > 0) isTold = await publish(context, fresh.map(toEvent), audience)
    if (repeated.length > 0) {
      isTold = (await publishAgain(context, repeated.map(toEvent), audience)) && isTold
    }
    if (!isForFanOut(audience.recipients)) {
      // Repeats are not measured, because they were stored long before.
      measurePush(
        context.metrics,
        fresh.map(({ sent }) => sent.message),
      )
    }
    return isTold
  }

  return {
    send: async (send) => {
      const roomId = roomOf(send)
      const sender = senderOf(send)
      // This process does not know the room of a one-room socket that another process let in. So the socket has a lane
      // of its own.
      if (roomId === undefined) return await enqueue(sender, send)
      const decision = decisions.get(sender)
      if (decision) return await enqueue((await decision) ? roomId : sender, send)
      if (senders.has(sender)) return await enqueue(roomId, send)
      if (!lanes.has(roomId)) {
        const sent = enqueue(roomId, send)
        decide(
          sender,
          sent.then(
            () => true,
            (error: unknown) => !isRefusal(error),
          ),
        )
        return await sent
      }
      const lookedUp = isMember(context.db, roomId, send)
      decide(sender, lookedUp)
      return await enqueue((await lookedUp) ? roomId : sender, send)
    },
    opened: (connectionId, roomId) => void roomOfConnection.set(connectionId, roomId),
    closed: (connectionId) => void roomOfConnection.delete(connectionId),
  }
}

/**
 * A repeat's message has reactions, as the sender sees them. That view is for the answer only, so the event leaves them
 * out. Recipients learn of reactions from the log.
 */
function toEvent({ sent: { message } }: Telling): DurableEvent {
  return { type: 'message', ...message, reactions: [] }
}

function toNotifying({ n, sent: { message, roomTitle } }: Telling): Notifying {
  return { n, message, roomTitle }
}

/**
 * [W5] The message is stored, but the room was not told and hears of it only with its next event. A repeat publishes
 * the message again.
 */
function notTold(): ChatError {
  return new ChatError(
    'unavailable',
    'the message is stored but not published: send it again with the same client_id',
  )
}

/**
 * Whether an error may mean that the sender is not a member: it says so, or it may have come before the membership was
 * checked.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof ChatError && error.code !== 'bad_request'
}
