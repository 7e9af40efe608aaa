/** [S2] Messages, and edits of messages, that wait until an admin publishes or discards them. */
import { sql } from 'kysely'
import { previewMaxCodePoints, unreadMax } from '../../protocol/limits.ts'
import { preview } from '../../protocol/preview.ts'
import type { RoomKind } from '../../protocol/rooms.ts'
import { publish, type Pushes, recipientsAsked } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { type LogRow, renderEvent } from '../log/render-event.ts'
import { readSent, type SentRow, type Stored } from '../messages/send-messages.ts'
import { announceNotified } from '../notifications/announce-notified.ts'
import { type OwnNotification, announceOwn } from '../notifications/announce-own.ts'
import { announceTakenBack } from '../notifications/announce-taken-back.ts'
import { approvalError, heldNoLonger } from '../refusals/refusal.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { type Named, named, writeAudit } from './audit-log.ts'
import { chosenIds } from './chosen-ids.ts'
import { type Admin, lockAdmins } from './session.ts'

export interface HeldMessage {
  readonly id: number
  readonly at: Date
  readonly author: Named | null
  readonly room: { readonly id: number; readonly kind: RoomKind; readonly title: string }
  /** The message that this text would edit; null for a new message. */
  readonly seq: number | null
  readonly text: string
}

type Context = Pushes & Pick<ChatContext, 'fanOut'>

/** All held messages, the newest first. */
export async function listHeld(db: Db, request: PageRequest): Promise<ListPage<HeldMessage>> {
  const { position, order, limit } = seek('h.id', 'desc', request)
  const rows = await selectHeld(db)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([...heldColumns, 'h.text'])
    .execute()
  return toPage(rows, request, (row) => row.id, toHeld)
}

/** The given messages that still wait, the newest first. A long text is cut to a preview. */
export async function findHeldMessages(db: Db, ids: readonly number[]): Promise<HeldMessage[]> {
  const rows = await selectHeld(db)
    .where('h.id', 'in', chosenIds(ids))
    .orderBy('h.id', 'desc')
    // One character more than preview() shows, so that it sees that there is more.
    .select([
      ...heldColumns,
      sql<string>`left(h.text, ${sql.lit(previewMaxCodePoints + 1)})`.as('text'),
    ])
    .execute()
  return rows.map((row) => toHeld({ ...row, text: preview(row.text) }))
}

const heldColumns = [
  'h.id',
  'h.created_at',
  'h.message_seq',
  'h.room_id',
  'r.kind',
  'r.title',
  'u.id as user_id',
  sql<string | null>`nullif(u.username, '')`.as('username'),
  'u.display_name',
] as const

interface HeldRow {
  readonly id: number
  readonly created_at: Date
  readonly message_seq: number | null
  readonly room_id: number
  readonly kind: RoomKind
  readonly title: string
  readonly user_id: number
  readonly username: string | null
  readonly display_name: string | null
  readonly text: string
}

function selectHeld(db: Db) {
  return db
    .selectFrom('held_messages as h')
    .innerJoin('rooms as r', 'r.id', 'h.room_id')
    .innerJoin('users as u', 'u.id', 'h.user_id')
}

function toHeld(row: HeldRow): HeldMessage {
  return {
    id: row.id,
    at: row.created_at,
    author: named(row.user_id, row.username, row.display_name),
    room: { id: row.room_id, kind: row.kind, title: row.title },
    seq: row.message_seq,
    text: row.text,
  }
}

/** Publishes a held message with the current time and the next `seq`, or applies a held edit. */
export async function publishHeld(context: Context, admin: Admin, heldId: number): Promise<void> {
  const found = await findHeld(context.db, heldId)
  if (found.message_seq === null) await publishNew(context, admin, heldId, found)
  else await publishEdit(context, admin, heldId, { ...found, message_seq: found.message_seq })
}

interface Found {
  readonly user_id: number
  readonly room_id: number
  readonly message_seq: number | null
}

/** [M3] The sender has already published the message by a repeat, after the words had changed. */
const nothingToTell: Stored = { outcomes: [], audiences: [], notified: [] }

async function publishNew(
  context: Context,
  admin: Admin,
  heldId: number,
  found: Found,
): Promise<void> {
  const { outcomes, audiences, notified } = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { rows } = await sql<SentRow>`
      select * from publish_held_v1(${heldId}, ${sql.lit(recipientsAsked)}, ${sql.lit(unreadMax)})`.execute(
      trx,
    )
    const { status } = rows[0]!
    if (status === 'duplicate') return nothingToTell
    if (status !== 'sent') throw approvalError(status)
    await audit(trx, admin, 'approve_message', found)
    return readSent(trx, rows)
  })
  const [sent] = outcomes
  if (!sent || sent instanceof ChatError) return
  const { message, roomTitle } = sent
  const event = { type: 'message' as const, ...message }
  for (const audience of audiences) await publish(context, [event], audience)
  await announceNotified(context, [{ n: 1, message, roomTitle }], notified)
}

async function publishEdit(
  context: Context,
  admin: Admin,
  heldId: number,
  found: Found & { readonly message_seq: number },
): Promise<void> {
  const [event, ...told] = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { rows } = await sql<LogRow & { status: string | null; connection_id: string | null }>`
      select status, connection_id, (event).*
        from publish_held_edit_v1(${heldId}, ${sql.lit(recipientsAsked)})`.execute(trx)
    const [first, ...rest] = rows
    if (first!.status !== 'changed') throw approvalError(first!.status)
    await audit(trx, admin, 'approve_message', found)
    return rest
  })
  if (!event) return
  const recipients = told.map(({ connection_id }) => ({
    connectionId: connection_id!,
    isSimple: false,
  }))
  await publish(context, [renderEvent(event)], { roomId: found.room_id, recipients })
  if (event.status === 'taken_back')
    await announceTakenBack(context, found.room_id, found.message_seq)
}

/** Deletes a held message, and tells its author. */
export async function discardHeld(context: Context, admin: Admin, heldId: number): Promise<void> {
  const told = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const held = await trx
      .deleteFrom('held_messages')
      .where('id', '=', heldId)
      .returning(['user_id', 'room_id', 'message_seq', 'text'])
      .executeTakeFirst()
    if (!held) throw heldNoLonger()
    await audit(trx, admin, 'discard_message', held)
    const text = preview(held.text)
    const { rows } = await sql<OwnNotification>`
      insert into notifications (user_id, kind, text)
      values (${held.user_id}, 'message_discarded', ${text})
      returning id, user_id, kind, text, created_at`.execute(trx)
    return rows
  })
  await announceOwn(context, told)
}

async function audit(
  trx: Trx,
  admin: Admin,
  action: 'approve_message' | 'discard_message',
  { user_id: subjectId, room_id: roomId }: Found,
): Promise<void> {
  await writeAudit(trx, admin, { action, subjectId, roomId })
}

async function findHeld(db: Db, heldId: number): Promise<Found> {
  const found = await db
    .selectFrom('held_messages')
    .where('id', '=', heldId)
    .select(['user_id', 'room_id', 'message_seq'])
    .executeTakeFirst()
  if (!found) throw heldNoLonger()
  return found
}
