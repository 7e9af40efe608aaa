import type { CoreState, Outgoing } from './core/state.ts'
import type { ChatError } from './errors.ts'
import type { Member, Message, Room } from './wire.ts'

/** A user who is typing now. */
export interface TypingUser {
  readonly userId: number
  readonly username: string
}

/** The state of a room for display. Parts that do not change stay the same objects. */
export interface RoomView {
  /** `gone`: the room does not exist for the user, or not any more. */
  readonly status: 'loading' | 'ready' | 'gone'
  /** Why the room is gone. */
  readonly error: ChatError | null
  readonly room: Room | null
  /** The loaded part of the room's messages, without a gap, in the order of the log. */
  readonly messages: readonly Message[]
  /** Sends of this client that are not in `messages` yet, in the order of sending. */
  readonly outgoing: readonly Outgoing[]
  /** Whether there are older messages. */
  readonly hasOlder: boolean
  /** Whether there are newer messages. New messages are not added to `messages` then. */
  readonly hasNewer: boolean
  /** null until they are loaded (`loadMembers`). */
  readonly members: readonly Member[] | null
  readonly hasMoreMembers: boolean
  readonly typing: readonly TypingUser[]
}

const none: readonly never[] = []

export function viewOf(
  { rooms, opened, outbox, me }: CoreState,
  id: number,
  before?: RoomView,
): RoomView {
  const state = rooms.get(id)
  const window = state?.window
  const error = opened.get(id) ?? null
  const messages = window?.messages ?? none
  const isReady = window?.whole || messages.length > 0
  const view: RoomView = {
    status: error ? 'gone' : isReady ? 'ready' : 'loading',
    error,
    room: state?.room ?? null,
    messages,
    outgoing: keep(before?.outgoing, outgoingOf(outbox, id, messages, me?.id)),
    hasOlder: !!window && window.heldFrom > 0,
    hasNewer: !!window && !window.atEnd,
    members: window?.members ?? null,
    hasMoreMembers: !!window?.members && !window.allMembers,
    typing: state?.typing ?? none,
  }
  return keep(before, view)
}

/** A message that is shown already is not also shown as a send. */
function outgoingOf(
  outbox: readonly Outgoing[],
  roomId: number,
  messages: readonly Message[],
  myId: number | undefined,
): readonly Outgoing[] {
  const own = outbox.filter((send) => send.roomId === roomId)
  if (own.length === 0) return none
  const shown = new Set(
    messages.map(({ user_id, client_id }) => (user_id === myId ? client_id : null)),
  )
  return own.filter(({ clientId }) => !shown.has(clientId))
}

/** Returns `before` when both have the same parts. */
export function keep<T extends object>(before: T | undefined, now: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets the names
  const names = Object.keys({ ...before, ...now }) as (keyof T)[]
  return before && names.every((name) => before[name] === now[name]) ? before : now
}
