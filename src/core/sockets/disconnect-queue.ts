/**
 * Sockets that close together share a statement, as sockets that come together do (connect-queue.ts). So a crowd that is
 * cut at once costs few statements, and a server with 10,000 sockets can remove all their connections when it stops.
 *
 * A process that has one request at a time (Lambda) has batches of one.
 */
import type { ProcessLimits } from '../limits/process-limits.ts'
import type { Log } from '../ports.ts'
import type { Pushes } from '../push/publish.ts'
import { disconnect } from './disconnect.ts'

/** A batch locks no room. It takes about 30 ms, and as many locks as it has users. */
const batchSize = 100

/** What a queue needs. Once `stopped` is aborted, the queue forgets nothing more: the process ends. */
export interface DisconnectContext extends Pushes {
  readonly log: Log
  readonly stopped?: AbortSignal | undefined
}

/** Forgets the connection of a closed socket. Returns false if this failed: the connection then expires. */
export type LetGo = (connectionId: string) => Promise<boolean>

export function createDisconnectQueue(
  context: DisconnectContext,
  limits: Pick<ProcessLimits, 'forAnyArrival'> | undefined,
): LetGo {
  const waiting: { readonly connectionId: string; readonly done: (isGone: boolean) => void }[] = []

  /** Each socket waits for a place. The first of them takes the others along, and these leave their places at once. */
  async function letWaitingGo(): Promise<void> {
    const batch = waiting.splice(0, batchSize)
    if (batch.length === 0) return
    if (context.stopped?.aborted) {
      for (const { done } of batch) done(false)
      return
    }
    const connectionIds = batch.map(({ connectionId }) => connectionId)
    let isGone = true
    try {
      await disconnect(context, connectionIds)
    } catch (error) {
      isGone = false
      context.log.error('disconnects failed', { connectionIds, error })
    }
    for (const { done } of batch) done(isGone)
  }

  return async (connectionId) =>
    await new Promise((done) => {
      waiting.push({ connectionId, done })
      // Many sockets may close at the same moment. Messages must not wait for all of them.
      void (limits ? limits.forAnyArrival(letWaitingGo) : letWaitingGo())
    })
}
