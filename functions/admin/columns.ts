import type { ListedAnnouncement } from '../../src/core/admin/announcements.ts'
import type { AuditEntry, Named } from '../../src/core/admin/audit-log.ts'
import type { ListedConnection } from '../../src/core/admin/connections.ts'
import type { Column } from '../../src/core/admin/export-list.ts'
import type { HeldMessage } from '../../src/core/admin/held-messages.ts'
import type { SentNotice } from '../../src/core/admin/notices.ts'
import type { ListedCase } from '../../src/core/admin/reports.ts'
import { type ListedRoom, listedMessagesMax, type RoomBan } from '../../src/core/admin/rooms.ts'
import type { ListedUser } from '../../src/core/admin/users.ts'
import type { MemberRow } from '../../src/core/rooms/list-members.ts'

/** Two columns: the id of a user, and the username. The username is empty when the account is deleted. */
function named<T>(name: string, of: (row: T) => Named | null): [Column<T>, Column<T>] {
  return [
    [`${name}_id`, (row) => of(row)?.id],
    [name, (row) => of(row)?.username],
  ]
}

const users: Column<ListedUser>[] = [
  ['id', ({ id }) => id],
  ['username', ({ username }) => username],
  ['display_name', ({ display_name }) => display_name],
  ['email', ({ email }) => email],
  ['is_admin', ({ is_admin }) => is_admin],
  ['joined_at', ({ created_at }) => created_at],
  ['suspended_at', ({ suspended_at }) => suspended_at],
  ['suspended_until', ({ suspended_at, suspended_until }) => suspended_at && suspended_until],
]

const rooms: Column<ListedRoom>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['title', ({ title }) => title],
  ['kind', ({ kind }) => kind],
  ['made_at', ({ created_at }) => created_at],
  ['last_activity_at', ({ last_event_at }) => last_event_at],
  ['members', ({ member_count }) => member_count],
  [
    'messages',
    ({ messages }) => (messages > listedMessagesMax ? `${listedMessagesMax}+` : messages),
  ],
  ...named<ListedRoom>('owner', ({ owner }) => owner),
  ['owners', ({ owners }) => owners],
  ['archived_at', ({ archived_at }) => archived_at],
]

const members: Column<MemberRow>[] = [
  ['user_id', ({ user_id }) => user_id],
  ['username', ({ username }) => username],
  ['display_name', ({ display_name }) => display_name],
  ['role', ({ role }) => role],
  ['joined_at', ({ joined_at }) => joined_at],
]

const bans: Column<RoomBan>[] = [
  ['user_id', ({ user_id }) => user_id],
  ['username', ({ username }) => username],
  ['display_name', ({ display_name }) => display_name],
  ['reason', ({ reason }) => reason],
  ['since', ({ created_at }) => created_at],
  ['until', ({ expires_at }) => expires_at],
]

const connections: Column<ListedConnection>[] = [
  ['id', ({ id }) => id],
  ['user_id', ({ user_id }) => user_id],
  ['username', ({ username }) => username],
  ['display_name', ({ display_name }) => display_name],
  ['room_id', ({ room }) => room?.id],
  ['room', ({ room }) => room?.title],
  ['address', ({ address }) => address],
  ['connected_at', ({ connected_at }) => connected_at],
  ['last_seen_at', ({ seen_at }) => seen_at],
]

const reports: Column<ListedCase>[] = [
  ['id', ({ id }) => id],
  ['about', ({ message }) => (message ? 'message' : 'user')],
  ...named<ListedCase>('subject', ({ subject }) => subject),
  ['room_id', ({ message }) => message?.roomId],
  ['room_kind', ({ message }) => message?.roomKind],
  // A direct chat has no title.
  ['room', ({ message }) => (message?.roomKind === 'direct' ? '' : message?.roomTitle)],
  ['message_seq', ({ message }) => message?.seq],
  ['reasons', ({ reasons }) => reasons.join(' ')],
  ['reports', ({ reports: count }) => count],
  ['since', ({ openedAt }) => openedAt],
  ['outcome', ({ outcome }) => outcome],
  ['handled_at', ({ handledAt }) => handledAt],
  ...named<ListedCase>('handled_by', ({ handler }) => handler),
]

const held: Column<HeldMessage>[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ...named<HeldMessage>('author', ({ author }) => author),
  ['room_id', ({ room }) => room.id],
  ['room_kind', ({ room }) => room.kind],
  ['room', ({ room }) => (room.kind === 'direct' ? '' : room.title)],
  ['edit_of_seq', ({ seq }) => seq],
  ['text', ({ text }) => text],
]

const notices: Column<SentNotice>[] = [
  ['id', ({ id }) => id],
  ['at', ({ created_at }) => created_at],
  ...named<SentNotice>('by', ({ actor }) => actor),
  // Empty for a notice to everybody.
  ...named<SentNotice>('to', ({ subject }) => subject),
  ['reached', ({ reached }) => reached],
  ['is_done', ({ isDone }) => isDone],
  ['text', ({ text }) => text],
]

const announcements: Column<ListedAnnouncement>[] = [
  ['id', ({ id }) => id],
  ['text', ({ text }) => text],
  ['severity', ({ severity }) => severity],
  ['from', ({ begins_at }) => begins_at],
  ['until', ({ ends_at }) => ends_at],
  ['can_be_hidden', ({ is_dismissible }) => is_dismissible],
  ...named<ListedAnnouncement>('by', ({ actor }) => actor),
  ['state', ({ state }) => state],
]

const audit: Column<AuditEntry>[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ...named<AuditEntry>('actor', ({ actor }) => actor),
  ['action', ({ action }) => action],
  ...named<AuditEntry>('subject', ({ subject }) => subject),
  ['room_id', ({ room }) => room?.id],
  ['reason', ({ reason }) => reason],
  ['notice', ({ notice }) => notice],
  ['before', ({ before }) => before],
  ['after', ({ after }) => after],
  ['address', ({ address }) => address],
]

/** The columns of each list's file. Add new columns at the end, because programs may read them by position. */
export const columnsOf = {
  users,
  rooms,
  members,
  bans,
  connections,
  reports,
  'held-messages': held,
  notices,
  announcements,
  'audit-log': audit,
} as const
