/**
 * Sends of one room go to the database one batch after another, in the order in which they came.
 * So what is pushed from this process is in the order of the log, a busy room does not keep more than
 * one database connection waiting for its lock, and the busier it is, the more messages share a
 * statement and a frame. A process that has one request at a time (Lambda) has batches of one.
 *
 * An outsider does not wait behind the members of a private room, which would tell that there is one
 * [C7]: a sender who was not let send yet is looked up before they join a lane where others are.
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
  /** Stores a message and pushes it to the room: what it gives is committed, and was pushed [W5]. */
  send(send: Send): Promise<Sent>
  /** The frames of a one-room socket do not name its room: who lets it in says it. */
  opened(connectionId: string, roomId: number): void
  closed(connectionId: string): void
}

/** What a send is charged to. */
interface SendLimits {
  readonly limits: Pick<Limits, 'frames' | 'sends' | 'repeats'>
}

interface Waiting extends PromiseWithResolvers<Sent> {
  readonly send: Send
}

/** What came of a send, and its place in the batch, from 1. */
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

  /** Senders who were let send to a room, those of the latest sends last. */
  const senders = new Set<string>()
  /** Of senders who are being looked up: whether they may join the room's lane. What they send next waits for it. */
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
    // What comes in the same turn goes together.
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
      // One that the database will not take must not fail those that came with it.
      if (batch.length > 1 && !isUnavailable(error)) {
        for (const waiting of batch) await settle([waiting])
      } else {
        for (const waiting of batch) waiting.reject(error)
      }
    }
  }

  /** [M3] A repeat of what was told a moment ago, or is among the same, is answered and not told again. */
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
      // What is pushed again was stored long ago.
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
      // A socket that another process let in is a lane by itself.
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

/** To a repeat the sender's own view of its reactions is answered; the log tells the others of them. */
function toEvent({ sent: { message } }: Telling): DurableEvent {
  return { type: 'message', ...message, reactions: [] }
}

function toNotifying({ n, sent: { message, roomTitle } }: Telling): Notifying {
  return { n, message, roomTitle }
}

/** [W5] It is stored, but nobody will hear of it before the room's next event: its repeat is pushed again. */
function notTold(): ChatError {
  return new ChatError(
    'unavailable',
    'the message is stored but not published: send it again with the same client_id',
  )
}

/** Whether an error may have come before the membership was looked at, or says that there is none. */
function isRefusal(error: unknown): boolean {
  return error instanceof ChatError && error.code !== 'bad_request'
}
