import type { Room } from '../../../src/client/index.ts'

type Role = NonNullable<Room['role']>

export const isModerator = (role: Role | null): boolean => role === 'owner' || role === 'moderator'

/** Owners may act on everybody except owners. Moderators may act on members. */
export const mayRemove = (mine: Role | null, other: Role): boolean =>
  mine === 'owner' ? other !== 'owner' : mine === 'moderator' && other === 'member'
