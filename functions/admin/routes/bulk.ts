/** Actions on several rows of a list. The page asks once. Then each row is handled by itself. */
import * as z from 'zod'
import { text } from '../../../src/protocol/fields.ts'
import { pageLimit } from '../../../src/protocol/limits.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { archiveRoom, deleteRoomAsAdmin } from '../../../src/core/admin/act-on-room.ts'
import { actOnUser, userAction } from '../../../src/core/admin/act-on-user.ts'
import { actOnMany } from '../../../src/core/admin/act-on-many.ts'
import { closeConnection, findConnections } from '../../../src/core/admin/connections.ts'
import {
  discardHeld,
  findHeldMessages,
  publishHeld,
} from '../../../src/core/admin/held-messages.ts'
import { dismissCase, findCases } from '../../../src/core/admin/reports.ts'
import { findRoomsForAdmin } from '../../../src/core/admin/rooms.ts'
import { findUsers } from '../../../src/core/admin/users.ts'
import { ChatError } from '../../../src/core/errors.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { toChatError } from '../../to-chat-error.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { Pages, Viewing } from '../pages.ts'
import { nameLink, userLink } from '../parts.ts'
import { connectionId } from '../query.ts'
import {
  type Bulk,
  bulkDonePage,
  bulkPage,
  type ChosenRow,
  pathOf,
  type RefusedRow,
} from '../views/bulk.ts'
import { bulkWords, typedFor } from '../views/bulk-words.ts'
import { howLong } from '../views/confirm.ts'
import { placeOf } from '../views/reports.ts'
import { kindOf, roomLink } from '../views/rooms.ts'
import {
  type BulkAction,
  bulkActions,
  type BulkList,
  bulkLists,
  tickPrefix,
} from '../views/selection.ts'
import { statusOf } from '../views/users.ts'

/** The most rows of a list's page. */
export const chosenMax = pageLimit.max

/** A row that was found. `cannot` returns why an action is not possible for it. */
interface FoundRow extends ChosenRow {
  readonly cannot: (action: BulkAction) => string | undefined
}

interface Said {
  readonly reason: string
  readonly hours: number | null
}

/** How a list handles its selected rows. */
interface BulkKind {
  readonly id: z.ZodType<string>
  /** The name of a row that was not found, and the reason. */
  readonly missing: (id: string) => { readonly label: Html; readonly why: string }
  readonly find: (ids: readonly string[], admin: Viewing) => Promise<FoundRow[]>
  readonly act: (admin: Viewing, id: string, action: BulkAction, said: Said) => Promise<void>
}

const askedForm = z.strictObject({
  do: z.string(),
  back: z.string().max(2_000).default(''),
  /** Whether the admin has answered the question. */
  confirmed: z.literal('yes').optional(),
  reason: z.string().default(''),
  hours: z.string().default(''),
  typed: z.string().default(''),
})

export function bulkPages(pages: Pages, runtime: AdminRuntime): void {
  const kinds = bulkKinds(runtime)
  for (const list of bulkLists) {
    const { id, missing, find, act } = kinds[list]
    pages.post(`/admin/${list}/selected`, async (_c, admin, form) => {
      const { ids, fields } = readTicks(form, id)
      const asked = parse(askedForm, fields)
      const action = asked.ok
        ? bulkActions[list].find((each) => each === asked.value.do)
        : undefined
      if (!asked.ok || action === undefined) {
        throw new ChatError('bad_request', 'no action was chosen: go back, and choose one')
      }
      const { confirmed } = asked.value
      const query = new URLSearchParams(asked.value.back)
      if (ids.length === 0) {
        query.set('select', 'none')
        return pathOf(list, query.toString())
      }
      const bulk: Bulk = { list, action, back: query.toString() }
      const found = new Map((await find(ids, admin)).map((row) => [row.id, row]))
      const rows: ChosenRow[] = []
      const refused: RefusedRow[] = []
      for (const each of ids) {
        const row = found.get(each)
        const why = row?.cannot(action)
        if (!row) refused.push({ id: each, ...missing(each) })
        else if (why !== undefined) refused.push({ ...row, why })
        else rows.push(row)
      }
      if (confirmed === undefined) return bulkPage(bulk, rows, refused, admin)

      const { reason, hours, typed } = asked.value
      const said = parse(saidForm(action, ids.length), { reason, hours, typed })
      if (!said.ok) {
        const again = { draft: { reason, hours, typed }, errors: said.errors }
        return bulkPage(bulk, rows, refused, admin, again)
      }
      const { done, failed, left, stoppedBy } = await actOnMany(
        rows,
        async (row) => await act(admin, row.id, action, said.value),
      )
      if (stoppedBy !== undefined) {
        runtime.log.error('an action on many rows stopped', { list, action, error: stoppedBy })
      }
      const outcome = {
        done,
        failed: [...refused, ...failed.map(({ id: row, why }) => ({ ...row, why }))],
        left,
        stopped: stoppedBy === undefined ? undefined : toChatError(stoppedBy).message,
      }
      const again = { reason, hours, typed: action === 'delete' ? typedFor(left.length) : '' }
      return bulkDonePage(bulk, outcome, again, admin)
    })
  }
}

/** The fields of a confirmation for `count` rows. */
function saidForm(action: BulkAction, count: number): z.ZodType<Said> {
  const { reason } = bulkWords[action]
  return z
    .object({
      reason: text(reason === 'needed' ? 1 : 0, 500),
      hours: howLong,
      typed: z.string().trim(),
    })
    .refine(({ typed }) => action !== 'delete' || typed === typedFor(count), {
      path: ['typed'],
      message: `must be “${typedFor(count)}”`,
    })
}

const isTick = ([name]: readonly [string, string]) => name.startsWith(tickPrefix)

/** Returns the ids of the selected rows, each once, and the other fields. */
function readTicks(
  form: Form,
  idSchema: z.ZodType<string>,
): { readonly ids: string[]; readonly fields: Form } {
  const entries = Object.entries(form)
  const ids = entries.filter(isTick).map(([name]) => name.slice(tickPrefix.length))
  if (ids.length > chosenMax) {
    throw new ChatError('bad_request', `too many rows are selected: select at most ${chosenMax}`)
  }
  if (!ids.every((each) => idSchema.safeParse(each).success)) {
    throw new ChatError('bad_request', 'this form is not valid: go back, and send it again')
  }
  return { ids, fields: Object.fromEntries(entries.filter((entry) => !isTick(entry))) }
}

const numericId = z.string().regex(/^[1-9]\d{0,14}$/)

function bulkKinds(runtime: AdminRuntime): Record<BulkList, BulkKind> {
  const { db } = runtime
  return {
    users: {
      id: numericId,
      missing: (id) => ({ label: html`User ${id}`, why: 'the account does not exist any more' }),
      async find(ids, admin) {
        const users = await findUsers(db, ids.map(Number))
        return users.map((user) => ({
          id: String(user.id),
          label: html`${nameLink(user.id, user.username, user.display_name)}, ${statusOf(user)}`,
          cannot: (action) => {
            if (user.id === admin.userId && action !== 'reinstate') {
              return 'this is your own account: use its own page'
            }
            if (action === 'suspend' && user.suspended_at) return 'is suspended already'
            return action === 'reinstate' && !user.suspended_at ? 'is not suspended' : undefined
          },
        }))
      },
      async act(admin, id, action, { reason, hours }) {
        await actOnUser(runtime, admin, Number(id), userAction.parse(action), reason, hours)
      },
    },
    rooms: {
      id: numericId,
      missing: (id) => ({ label: html`Room ${id}`, why: 'is deleted already' }),
      async find(ids) {
        const rooms = await findRoomsForAdmin(db, ids.map(Number))
        return rooms.map((room) => ({
          id: String(room.id),
          label: html`${roomLink(room)}, ${kindOf(room).toLowerCase()}, ${number(room.member_count)}
          ${room.member_count === 1 ? 'member' : 'members'}`,
          cannot: (action) => {
            if (room.kind === 'direct') return 'is a direct chat, which admins cannot change'
            if (action === 'archive' && room.archived_at) return 'is archived already'
            return action === 'restore' && !room.archived_at ? 'is not archived' : undefined
          },
        }))
      },
      async act(admin, id, action, said) {
        if (action === 'delete') await deleteRoomAsAdmin(runtime, admin, Number(id), said)
        else await archiveRoom(runtime, admin, Number(id), action === 'archive', said)
      },
    },
    connections: {
      id: connectionId,
      missing: () => ({ label: html`A connection`, why: 'is closed already' }),
      async find(ids) {
        const connections = await findConnections(db, ids)
        return connections.map((each) => ({
          id: each.id,
          label: html`${nameLink(each.user_id, each.username, each.display_name)}, since
          ${time(each.connected_at)}`,
          cannot: () => undefined,
        }))
      },
      async act(admin, id, _action, { reason }) {
        await closeConnection(runtime, admin, id, reason)
      },
    },
    reports: {
      id: numericId,
      missing: (id) => ({ label: html`Report ${id}`, why: 'the report does not exist' }),
      async find(ids) {
        const cases = await findCases(db, ids.map(Number))
        return cases.map((each) => ({
          id: String(each.id),
          label: html`<a href="/admin/reports/${each.id}/">Report ${each.id}</a>:
            ${each.message ? html`a message of ` : nothing}${userLink(each.subject, 'nobody')}${
              each.message ? html` in ${placeOf(each)}` : nothing
            }`,
          cannot: () => (each.outcome === null ? undefined : 'was handled already'),
        }))
      },
      async act(admin, id, _action, { reason }) {
        await dismissCase(runtime, admin, Number(id), reason)
      },
    },
    held: {
      id: numericId,
      missing: (id) => ({
        label: html`Message ${id}`,
        why: 'does not wait any more: it was published or discarded',
      }),
      async find(ids) {
        const held = await findHeldMessages(db, ids.map(Number))
        return held.map((each) => ({
          id: String(each.id),
          label: html`${userLink(each.author, 'nobody')}: ${written(each.text)}`,
          cannot: () => undefined,
        }))
      },
      async act(admin, id, action) {
        if (action === 'publish') await publishHeld(runtime, admin, Number(id))
        else await discardHeld(runtime, admin, Number(id))
      },
    },
  }
}
