/** The partner of a direct chat: whether they are online, and how far they have read. */
import { keep } from '../view.ts'
import type { Room } from '../wire.ts'
import { edit, type EventOf, type Turn } from './turn.ts'

export function putPresence(turn: Turn, { user_id, online }: EventOf<'presence'>): void {
  for (const [id, { room }] of turn.rooms) {
    if (room.partner?.id === user_id) showPartner(turn, id, { online })
  }
}

/** [M9] Handles the read marker of the partner of a direct chat. */
export function putSeen(turn: Turn, { room_id, partner_read_seq }: EventOf<'seen'>): void {
  showPartner(turn, room_id, { read_seq: partner_read_seq })
}

type Partner = Room['partner']

/** Updates the partner of a direct chat. */
interface Told {
  readonly online?: boolean
  readonly read_seq?: number | null | undefined
}

export function showPartner(turn: Turn, id: number, told: Told): void {
  const state = edit(turn, id)
  const partner = state?.room.partner
  if (!partner) return
  state.room = keep(state.room, {
    ...state.room,
    partner: laterOf(partner, { ...partner, ...told }),
  })
}

/** [M9] A partner's marker only moves forward. It is null when the user may not know it. */
export const laterOf = (before: Partner, now: Partner): Partner =>
  now && before
    ? keep(before, {
        ...now,
        read_seq: now.read_seq && Math.max(now.read_seq, before.read_seq ?? 0),
      })
    : now
