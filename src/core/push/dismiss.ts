import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { goneAfterSeconds } from '../../protocol/limits.ts'
import type { ServerEvent } from '../../protocol/socket.ts'
import type { ChatContext } from '../context.ts'

export interface Dismissed {
  readonly id: string
  readonly simple: boolean
  readonly is_young: boolean
}

/** The columns that a query must return for connections that are to be dismissed. */
export const dismissedColumns = [
  'connections.id',
  'connections.simple',
  sql<boolean>`connections.connected_at > now() - make_interval(secs => ${sql.lit(goneAfterSeconds)})`.as(
    'is_young',
  ),
] as const

/**
 * API Gateway reports a socket as gone until its $connect is answered. So a young socket that is gone is tried again.
 */
const againAfterMs = [200, 800, 2_000]

/** The parts of the context that closing sockets needs. */
export type Closes = Pick<ChatContext, 'db' | 'sender'>

/** Sends `bye` and closes the connections. Simple clients get no `bye`, because they do not know this event [W2]. */
export async function dismiss(
  { sender }: Closes,
  bye: Extract<ServerEvent, { type: 'bye' }>,
  connections: readonly Dismissed[],
): Promise<void> {
  const frame = JSON.stringify(bye)
  let left = connections
  for (const delay of [0, ...againAfterMs]) {
    if (left.length === 0) return
    if (delay > 0) await setTimeout(delay)
    const v1 = left.filter(({ simple }) => !simple).map(({ id }) => id)
    if (v1.length > 0) await sender.post(v1, frame)
    const gone = new Set(await sender.close(left.map(({ id }) => id)))
    left = left.filter(({ id, is_young }) => is_young && gone.has(id))
  }
}
