import type { MemberAction } from '../../../src/core/admin/act-on-room.ts'

/** What is done to a room by a form that asks for no more than a reason. */
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
      'Everybody who can read the room can still read it. Nobody can write, edit or react in it any more, until you restore it. Members see at once that it is archived.',
  },
  restore: {
    button: 'Restore',
    effect: 'Members can write in the room again. They see that at once.',
  },
  delete: {
    button: 'Delete',
    effect:
      'Nobody can read the room any more, and it disappears for all its members at once. Its name is free for another room. You cannot undo this here. To keep the room readable, archive it instead.',
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
      'They leave the room at once, and the members see that you removed them. They cannot join a public room again for 10 minutes. If they are the only owner, the longest-standing moderator, or else member, becomes the owner.',
    isBad: true,
    does: 'remove_member',
  },
  ban: {
    button: 'Ban',
    effect:
      'They leave the room at once, and cannot come back until the ban is lifted. The members see that you removed them, but not that they are banned. If they are the only owner, the longest-standing moderator, or else member, becomes the owner.',
    isBad: true,
    does: 'ban_member',
  },
  hand_over: {
    button: 'Make the owner',
    effect:
      'They become the only owner of the room. Those who own it now become moderators. The members see both.',
    does: 'hand_over',
  },
  lift: {
    button: 'Let in again',
    effect: 'They can join the room, or be invited, again. They do not become a member by this.',
    does: 'lift_ban',
  },
}

/** What a form before has done: one of these, so that no link says anything else. */
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
  add: 'They are a member now.',
  remove: 'They are removed.',
  ban: 'They are banned.',
  hand_over: 'The room is handed over.',
  lift: 'They can come back.',
  open: 'The room is open to you for one hour. Its members are told.',
}
