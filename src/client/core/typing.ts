/** Who is typing in a room. */
import { edit, type EventOf, ownId, sendFrame, setTimer, type Turn } from './turn.ts'

/** How long somebody is shown as typing. No event tells that they have stopped. */
const typingMs = 6_000
/** The client tells the server again after this time that the user types. */
const typingEveryMs = 3_000

/** The user types. The server is told from time to time. */
export function typing(turn: Turn, id: number): void {
  const room = edit(turn, id)
  if (!room || turn.now - room.typedAt < typingEveryMs) return
  if (sendFrame(turn, { action: 'typing', room_id: id })) room.typedAt = turn.now
}

export function putTyping(
  turn: Turn,
  { room_id: id, user_id: userId, username }: EventOf<'typing'>,
): void {
  const room = edit(turn, id)
  if (!room?.window || userId === ownId(turn)) return
  const others = room.typing.filter((each) => each.userId !== userId)
  room.typing = [...others, { userId, username, until: turn.now + typingMs }]
  // One timer serves all: it is set to the first one who stops. A user who goes on typing must not delay it.
  endTyping(turn)
}

/** Removes users who have stopped typing. */
export function endTyping(turn: Turn): void {
  let next = Infinity
  for (const [id, { typing }] of turn.rooms) {
    const still = typing.filter(({ until }) => until > turn.now)
    if (still.length < typing.length) edit(turn, id)!.typing = still
    for (const { until } of still) next = Math.min(next, until)
  }
  if (next < Infinity) setTimer(turn, 'typing', next - turn.now)
}
