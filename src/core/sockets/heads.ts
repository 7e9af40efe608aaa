import { sql } from 'kysely'
import { headsMaxRooms, onlineSeconds, rotateAfterSeconds } from '../../protocol/limits.ts'
import type { RoomHead } from '../../protocol/socket.ts'
import type { NamedUser } from '../names/find-user.ts'
import type { ChatContext } from '../context.ts'
import { type FrameRefusal, refusalError, tooManyFrames } from '../refusals/refusal.ts'

export interface Heads {
  readonly user: NamedUser
  /** Whether it is a simple client. A simple client gets no answer, because it knows only `message` and `error`. */
  readonly isSimple: boolean
  readonly rooms: RoomHead[]
  /** [W8] Whether the client has to replace the socket by another one. */
  readonly isOld: boolean
}

/**
 * [W3] The heads of a socket's rooms: the last `seq` of each and where the user's read marker is. Rooms with the newest
 * events come first.
 */
export async function readHeads(context: ChatContext, connectionId: string): Promise<Heads> {
  const { frames } = context.limits
  const { rows } = await sql<{
    status: FrameRefusal | 'ok'
    retry_after_ms: number | null
    user_id: number
    username: string
    display_name: string | null
    simple: boolean
    room_id: number
    last_seq: number
    last_read_seq: number
    partner_online: boolean | null
    partner_read_seq: number | null
    hidden: boolean | null
    is_old: boolean | null
  }>`
    select h.*, case when h.status = 'ok' then (
             select c.connected_at <= now() - make_interval(secs => ${sql.lit(rotateAfterSeconds)})
               from connections c where c.id = ${connectionId}) end as is_old
      from heads_v5(${connectionId}, ${frames.count}, ${frames.seconds}, ${sql.lit(headsMaxRooms)},
             ${sql.lit(onlineSeconds)}) h`.execute(context.db)
  const [first, ...rooms] = rows
  const { status, retry_after_ms } = first!
  if (status !== 'ok') throw refusalError({ status, retry_after_ms }, { tooMany: tooManyFrames })
  return {
    user: {
      id: first!.user_id,
      username: first!.username,
      display_name: first!.display_name,
    },
    isSimple: first!.simple,
    isOld: first!.is_old === true,
    rooms: rooms.map(
      ({ room_id, last_seq, last_read_seq, partner_online, partner_read_seq, hidden }) => ({
        room_id,
        last_seq,
        last_read_seq,
        ...(partner_online !== null && { partner_online, partner_read_seq }),
        ...(hidden === true && { hidden }),
      }),
    ),
  }
}
