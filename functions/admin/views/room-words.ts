import type { MemberAction } from '../../../src/core/admin/act-on-room.ts'

/** Actions on a room whose form asks only for a reason. */
export const roomActions = ['archive', 'restore', 'delete'] as const
export type RoomAction = (typeof roomActions)[number]

export interface ActionWords {
  readonly button: string
  readonly effect: string
  readonly isBad?: boolean
}

export const roomActionWords: Record<RoomAction, ActionWords> = {
  archive: {
    button: 'Archive',
    effect:
      'Everybody who can read the room can still read it. Nobody can write, edit or react in it until an admin restores it. Members see at once that it is archived.',
  },
  restore: {
    button: 'Restore',
    effect: 'Members can write in the room again. They see this at once.',
  },
  delete: {
    button: 'Delete',
    effect:
      'Nobody can read the room any more. It disappears for all members at once. Its name becomes free for another room. You cannot undo this. To keep the room readable, archive it instead.',
    isBad: true,
  },
}

export const memberActions = ['remove', 'ban', 'hand_over', 'lift'] as const
export type MemberPageAction = (typeof memberActions)[number]

export const memberActionWords: Record<
  MemberPageAction,
  ActionWords & { readonly does: MemberAction | 'lift_ban' }
> = {
  remove: {
    button: 'Remove',
    effect:
      'The user leaves the room at once. The members see that you removed them. They cannot join a public room again for 10 minutes. If they are the only owner, the moderator who has been in the room longest becomes the owner. Without moderators, it is the longest-standing member.',
    isBad: true,
    does: 'remove_member',
  },
  ban: {
    button: 'Ban',
    effect:
      'The user leaves the room at once, and cannot come back until the ban is lifted. The members see that you removed them, but not that they are banned. If they are the only owner, the moderator who has been in the room longest becomes the owner. Without moderators, it is the longest-standing member.',
    isBad: true,
    does: 'ban_member',
  },
  hand_over: {
    button: 'Make owner',
    effect:
      'The user becomes the only owner of the room. The present owners become moderators. The members see both changes.',
    does: 'hand_over',
  },
  lift: {
    button: 'Lift the ban',
    effect: 'The user can join the room or be invited again. They do not become a member now.',
    does: 'lift_ban',
  },
}

/** The actions that a page can report as done. Only these are allowed, so that no link can show another text. */
export const roomDoneNames = [
  'edit',
  'archive',
  'restore',
  'delete',
  'add',
  'remove',
  'ban',
  'hand_over',
  'lift',
  'open',
] as const
export type RoomDone = (typeof roomDoneNames)[number]

export const roomDone: Record<RoomDone, string> = {
  edit: 'The title and the description are changed.',
  archive: 'The room is archived.',
  restore: 'The room is restored.',
  delete: 'The room is deleted.',
  add: 'The user is now a member.',
  remove: 'The user is removed.',
  ban: 'The user is banned.',
  hand_over: 'The room has a new owner.',
  lift: 'The user can join again.',
  open: 'You can read the messages for one hour. The members are notified.',
}
