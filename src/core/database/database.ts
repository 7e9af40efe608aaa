import type { ColumnType, Generated, Kysely, Transaction } from 'kysely'
import type { Severity } from '../../protocol/announcements.ts'
import type { NotificationKind } from '../../protocol/notifications.ts'
import type { ReportReason } from '../../protocol/reports.ts'
import type { Notify, Role, RoomKind } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import type { AuditAction } from './audit-actions.ts'
import type { ReportOutcome } from './report-outcomes.ts'

/** The tables of the database (migrations/). Ids are bigint below 2^53. Times are read as Date. */
export interface Database {
  users: UserTable
  sessions: SessionTable
  rooms: RoomTable
  memberships: MembershipTable
  messages: MessageTable
  room_events: RoomEventTable
  reactions: ReactionTable
  notifications: NotificationTable
  connections: ConnectionTable
  subscriptions: SubscriptionTable
  rate_limits: RateLimitTable
  blocks: BlockTable
  bans: BanTable
  admin_sessions: AdminSessionTable
  second_factors: SecondFactorTable
  recovery_codes: RecoveryCodeTable
  admin_sign_ins: AdminSignInTable
  audit_log: AuditLogTable
  notices: NoticeTable
  content_openings: ContentOpeningTable
  report_cases: ReportCaseTable
  reports: ReportTable
  held_words: HeldWordTable
  held_messages: HeldMessageTable
  announcements: AnnouncementTable
  password_links: PasswordLinkTable
  erasures: ErasureTable
}

export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/** A time. Only the database writes it: by its own clock, or from a text that a statement casts. */
type Time = ColumnType<Date, never, never>
type NullableTime = ColumnType<Date | null, never, never>

export interface UserTable {
  id: Generated<number>
  username: string
  display_name: ColumnType<string | null, string | null | undefined>
  email: string | null
  email_verified_at: NullableTime
  password_hash: string
  bio: Generated<string>
  is_admin: Generated<boolean>
  read_receipts: Generated<boolean>
  created_at: Time
  suspended_at: NullableTime
  suspended_until: NullableTime
  suspension_reason: ColumnType<string | null, never, string | null>
  deleted_at: NullableTime
  erased_at: NullableTime
  erasing_at: NullableTime
}

export interface SessionTable {
  id: Generated<number>
  user_id: number
  created_at: Time
  used_at: Time
  expires_at: Time
  revoked_at: NullableTime
  address: string | null
  user_agent: string | null
  network: string | null
  refresh_family: string
}

export interface RoomTable {
  id: Generated<number>
  kind: RoomKind
  name: string
  title: string
  description: string
  direct_key: string | null
  created_by: number | null
  created_at: Time
  last_seq: Generated<number>
  last_event_at: Time
  member_count: Generated<number>
  deleted_at: NullableTime
  archived_at: NullableTime
  text_max: number | null
  send_count: number | null
  send_seconds: number | null
}

export interface MembershipTable {
  room_id: number
  user_id: number
  role: Role
  joined_at: Time
  last_read_seq: Generated<number>
  notify: Generated<Notify>
}

export interface MessageTable {
  id: Generated<number>
  room_id: number
  seq: number
  user_id: number | null
  text: string | null
  client_id: string | null
  reply_to: number | null
  created_at: Time
  edited_at: NullableTime
  deleted_at: NullableTime
}

export interface RoomEventTable {
  room_id: number
  seq: number
  kind: DurableEvent['type']
  created_at: Time
  actor_id: number | null
  subject_id: number | null
  message_id: number | null
  role: Role | null
  emoji: string | null
}

export interface ReactionTable {
  message_id: number
  emoji: string
  user_id: number
  first_seq: number
}

export interface NotificationTable {
  id: Generated<number>
  user_id: number
  kind: NotificationKind
  room_id: number | null
  message_seq: number | null
  actor_id: number | null
  text: string | null
  created_at: Time
  read_at: NullableTime
  removed_at: NullableTime
}

export interface ConnectionTable {
  id: string
  user_id: number
  session_id: number
  room_id: number | null
  simple: boolean
  connected_at: Time
  expires_at: Time
  seen_at: Time
  address: string | null
}

export interface SubscriptionTable {
  room_id: number
  connection_id: string
}

export interface RateLimitTable {
  key: string
  full_at: Time
}

export interface BlockTable {
  user_id: number
  blocked_id: number
  created_at: Time
}

export interface BanTable {
  room_id: number
  user_id: number
  banned_by: number | null
  reason: string
  created_at: Time
  expires_at: NullableTime
}

export interface AdminSessionTable {
  id: Generated<number>
  user_id: number
  token_hash: string
  password_hash: string
  network: string | null
  created_at: Time
  expires_at: Time
  password_at: Time
}

export interface SecondFactorTable {
  user_id: number
  secret: string
  begun_at: Time
  confirmed_at: NullableTime
  used_step: Generated<number>
}

export interface RecoveryCodeTable {
  user_id: number
  hash: string
}

export interface AdminSignInTable {
  token_hash: string
  user_id: number
  password_hash: string
  expires_at: Time
}

export interface AuditLogTable {
  id: Generated<number>
  at: Time
  actor_id: number | null
  action: AuditAction
  subject_id: number | null
  reason: string | null
  notice_id: number | null
  room_id: number | null
  before: string | null
  after: string | null
  address: ColumnType<string | null, string | null | undefined, never>
}

export interface AnnouncementTable {
  id: Generated<number>
  form_key: string
  text: string
  severity: Severity
  is_dismissible: boolean
  actor_id: number | null
  created_at: Time
  begins_at: Time
  ends_at: Time
}

export interface ContentOpeningTable {
  id: Generated<number>
  room_id: number
  admin_id: number
  reason: string
  created_at: Time
  expires_at: Time
}

export interface NoticeTable {
  id: Generated<number>
  form_key: string
  text: string
  actor_id: number | null
  subject_id: number | null
  created_at: Time
  after_user_id: number
  until_user_id: number
  reached: Generated<number>
}

export interface ReportCaseTable {
  id: Generated<number>
  subject_id: number | null
  room_id: number | null
  message_seq: number | null
  reports: Generated<number>
  opened_at: Time
  outcome: ReportOutcome | null
  handled_at: NullableTime
  handled_by: number | null
}

export interface ReportTable {
  case_id: number
  id: Generated<number>
  reporter_id: number | null
  reason: ReportReason
  text: string
  created_at: Time
}

export interface HeldWordTable {
  word: string
  compared: string
}

export interface HeldMessageTable {
  id: Generated<number>
  room_id: number
  user_id: number
  message_seq: number | null
  client_id: string | null
  text: string
  reply_to: number | null
  mentions: string
  created_at: Time
}

export interface PasswordLinkTable {
  user_id: number
  token_hash: string
  expires_at: Time
}

export interface ErasureTable {
  user_id: number
  created_at: Time
  continued_at: Time
  after_room_id: number
  after_client_id: string
  messages: Generated<number>
  reactions: Generated<number>
  finished_at: NullableTime
}
