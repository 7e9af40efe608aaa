import type { Limits } from '../context.ts'
import { ChatError } from '../errors.ts'

/** Why add_member_v2 does not let somebody in [R7, R8]. */
export type EnterRefusal = 'banned' | 'removed' | 'full'

/** The error for a user who wants to join. */
export function enterRefused(
  status: EnterRefusal,
  { roomsPerUser }: Pick<Limits, 'roomsPerUser'>,
  againInSeconds: number | null,
): ChatError {
  switch (status) {
    case 'banned':
      return new ChatError(
        'forbidden',
        'you are banned from this room: its owner or a moderator can lift the ban',
      )
    case 'removed': {
      const minutes = Math.ceil((againInSeconds ?? 0) / 60)
      return new ChatError(
        'forbidden',
        `you were removed from this room: you can join it again in ${minutes} min, or when you are invited`,
      )
    }
    case 'full':
      return new ChatError(
        'conflict',
        `you are in ${roomsPerUser} rooms, as many as one user may be in: leave one first`,
      )
  }
}

/** The error for a user who invites another one. */
export function inviteRefused(status: EnterRefusal, username: string | null): ChatError {
  return status === 'full'
    ? new ChatError(
        'conflict',
        `${username} is in too many rooms to be invited to another: they have to leave one first`,
      )
    : new ChatError('forbidden', `${username} is banned from this room: lift the ban first`)
}

/** [R8] Up to how many rooms or chats others may bring a user: the last tenth is for what they do themselves. */
export function fillableByOthers(max: number): number {
  return max - Math.floor(max / 10)
}
