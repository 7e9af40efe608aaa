import { sql } from 'kysely'
import { headsMaxRooms, onlineSeconds, rotateAfterSeconds } from '../../protocol/limits.ts'
import type { RoomHead } from '../../protocol/socket.ts'
import type { NamedUser } from '../names/find-user.ts'
import type { ChatContext } from '../context.ts'
import { type FrameRow, throwRefusedFrame } from '../refusals/refusal.ts'

export interface Heads {
  readonly user: NamedUser
  /** Whether it is a simple client. A simple client gets no answer, because it knows only `message` and `error`. */
  readonly isSimple: boolean
  readonly rooms: RoomHead[]
  /** [W8] Whether the client has to replace the socket by another one. */
  readonly isOld: boolean
}

interface HeadsRow extends FrameRow {
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  readonly simple: boolean
  readonly room_id: number
  readonly last_seq: number
  readonly last_read_seq: number
  readonly partner_online: boolean | null
  readonly partner_read_seq: number | null
  readonly hidden: boolean | null
  readonly is_old: boolean | null
}

/**
 * [W3] The heads of a socket's rooms: the last `seq` of each and where the user's read marker is. Rooms with the newest
 * events come first.
 */
export async function readHeads(context: ChatContext, connectionId: string): Promise<Heads> {
  const { frames } = context.limits
  const { rows } = await sql<HeadsRow>`
    select h.*, case when h.status = 'ok' then (
             select c.connected_at <= now() - make_interval(secs => ${sql.lit(rotateAfterSeconds)})
               from connections c where c.id = ${connectionId}) end as is_old
      from heads_v5(${connectionId}, ${frames.count}, ${frames.seconds}, ${sql.lit(headsMaxRooms)},
             ${sql.lit(onlineSeconds)}) h`.execute(context.db)
  const [first, ...rooms] = rows
  throwRefusedFrame(first!)
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
