/**
 * Sockets that wait to be let in share a statement: when a place for arrivals is free, all that wait go to the database
 * together, at most 50. So a crowd that connects costs few statements and few commits, and a room that it joins hears
 * of many new members in one frame.
 *
 * A process that has one request at a time (Lambda) has batches of one.
 */
import { isUnavailable } from '../database/unavailable.ts'
import { ChatError } from '../errors.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import type { Log } from '../ports.ts'
import { type Connect, connect } from './connect.ts'

interface Waiting extends PromiseWithResolvers<number | undefined> {
  readonly request: Connect
}

/** The rooms that these sockets join are locked for as long as a statement takes for all of them: about 20 ms. */
const batchSize = 50

/**
 * Lets a socket of a user in. Returns the room of a one-room socket. Rejects with a ChatError when the socket is
 * refused.
 */
export type LetIn = (userId: number, request: Connect) => Promise<number | undefined>

export function createConnectQueue(
  context: Parameters<typeof connect>[0] & { readonly log: Log },
  limits: Pick<ProcessLimits, 'forArrivalOf' | 'forAnyArrival'>,
): LetIn {
  const waiting: Waiting[] = []

  /** Each socket waits for a place. The first of them takes the others along, and these leave their places at once. */
  async function letWaitingIn(): Promise<void> {
    const batch = waiting.splice(0, batchSize)
    if (batch.length > 0) await settle(batch)
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    const requests = batch.map(({ request }) => request)
    let letIn: Awaited<ReturnType<typeof connect>>
    try {
      letIn = await connect(context, requests)
    } catch (error) {
      // A socket that makes the statement fail must not fail the other sockets of its batch. So each is tried alone.
      if (batch.length > 1 && !isUnavailable(error)) {
        for (const each of batch) await settle([each])
      } else {
        for (const { reject } of batch) reject(error)
      }
      return
    }
    // [W7] The sockets are let in already, and clients find the events in the log.
    await letIn.tell().catch((error: unknown) => {
      context.log.error('others were not told of new sockets', { error })
    })
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = letIn.outcomes[index]
      if (outcome instanceof ChatError) reject(outcome)
      else resolve(outcome)
    }
  }

  // One socket of a user at a time: so all sockets of a batch are of different users.
  return async (userId, request) =>
    await limits.forArrivalOf(userId, async () => {
      const entering: Waiting = { request, ...Promise.withResolvers<number | undefined>() }
      waiting.push(entering)
      void limits.forAnyArrival(letWaitingIn)
      return await entering.promise
    })
}
