import * as fc from 'fast-check'
import type { Role } from '../../src/protocol/rooms.ts'

/** The participants of a room, by their role at the beginning. */
export const cast = ['owner', 'moderator', 'member', 'outsider'] as const
export type Part = (typeof cast)[number]

/** The spare session is the one that is logged out. The first one stays. */
export type SessionOf = 'first' | 'spare'

export type Operation =
  | {
      readonly type: 'send'
      readonly by: Part
      readonly session: SessionOf
      readonly over: 'http' | 'socket' | 'room socket'
      /** Two sends of one user with the same letter are the same send, repeated. */
      readonly clientId: 'a' | 'b' | undefined
    }
  | { readonly type: 'remove' | 'ban' | 'lift'; readonly by: Part; readonly whom: Part }
  | { readonly type: 'put'; readonly by: Part; readonly whom: Part; readonly role: Role }
  | { readonly type: 'join' | 'leave' | 'delete' | 'logout'; readonly by: Part }
  /** A one-room socket, which joins when the room is public. */
  | { readonly type: 'connect'; readonly by: Part; readonly session: SessionOf }
  /** The socket of the spare session closes. */
  | { readonly type: 'disconnect'; readonly by: Part }

/** A user's client_ids are the same in all of their sessions. */
export function clientIdOf({
  by,
  clientId,
}: Extract<Operation, { type: 'send' }>): string | undefined {
  return clientId && `${by} ${clientId}`
}

export interface Schedule {
  readonly kind: 'public' | 'private'
  /** The operations queue up one after another behind the room's lock, or all come at once. */
  readonly order: 'queued' | 'at once'
  readonly operations: readonly Operation[]
}

const part = fc.constantFrom(...cast)
const member = fc.constantFrom<Part>('owner', 'moderator', 'member')
const session = fc.constantFrom<SessionOf>('first', 'first', 'spare')

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      by: fc.oneof({ weight: 6, arbitrary: member }, { weight: 1, arbitrary: part }),
      session,
      over: fc.constantFrom('http', 'socket', 'room socket'),
      clientId: fc.constantFrom('a', 'b', undefined),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('remove' as const),
      by: fc.constantFrom<Part>('owner', 'owner', 'moderator'),
      whom: fc.constantFrom<Part>('member', 'member', 'moderator', 'outsider'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('ban' as const, 'ban' as const, 'lift' as const),
      by: fc.constantFrom<Part>('owner', 'owner', 'moderator'),
      whom: fc.constantFrom<Part>('member', 'member', 'moderator', 'outsider'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      by: fc.constantFrom<Part>('owner', 'owner', 'moderator'),
      whom: part,
      role: fc.constantFrom<Role>('member', 'moderator', 'owner'),
    }),
  },
  { weight: 2, arbitrary: simple('join', part) },
  { weight: 3, arbitrary: simple('leave', member) },
  { weight: 2, arbitrary: simple('delete', fc.constantFrom<Part>('owner', 'owner', 'moderator')) },
  { weight: 3, arbitrary: simple('logout', member) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('connect' as const), by: part, session }),
  },
  { weight: 1, arbitrary: simple('disconnect', part) },
)

function simple<Type extends 'join' | 'leave' | 'delete' | 'logout' | 'disconnect'>(
  type: Type,
  by: fc.Arbitrary<Part>,
) {
  return fc.record({ type: fc.constant(type), by })
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  kind: fc.constantFrom('public', 'public', 'private'),
  order: fc.constantFrom('queued', 'at once'),
  operations: fc.array(operation, { minLength: 2, maxLength: 6, size: 'max' }),
})

export function makeSchedules(seed: number, count: number): Schedule[] {
  return fc.sample(schedule, { seed, numRuns: count })
}
