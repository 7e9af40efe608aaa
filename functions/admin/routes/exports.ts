/** The lists of the admin's pages as files. Each has the filter (from the address) and the order of its list. */
import * as z from 'zod'
import type { Cursor } from '../../../src/protocol/fields.ts'
import { findUserByName } from '../../../src/core/names/find-user.ts'
import { listAnnouncementsForAdmin } from '../../../src/core/admin/announcements.ts'
import { listAudit } from '../../../src/core/admin/audit-log.ts'
import { listConnections } from '../../../src/core/admin/connections.ts'
import {
  type ExportedList,
  exportList,
  type ListToExport,
  recordExport,
} from '../../../src/core/admin/export-list.ts'
import { listHeld } from '../../../src/core/admin/held-messages.ts'
import { listNotices } from '../../../src/core/admin/notices.ts'
import { listCases } from '../../../src/core/admin/reports.ts'
import {
  getRoomForAdmin,
  listBansForAdmin,
  listMembersForAdmin,
  listRoomsForAdmin,
} from '../../../src/core/admin/rooms.ts'
import { listUsersForAdmin } from '../../../src/core/admin/users.ts'
import { ChatError, ValidationError } from '../../../src/core/errors.ts'
import { type ListRequest, readQuery, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { columnsOf } from '../columns.ts'
import type { Pages, Viewing } from '../pages.ts'
import {
  announcementsQuery,
  auditQuery,
  connectionsQuery,
  given,
  heldQuery,
  noticesQuery,
  reportsQuery,
  roomListQuery,
  roomsQuery,
  usersQuery,
} from '../query.ts'
import { readAuditFilter } from './audit.ts'
import { readRoomId } from './rooms.ts'

/** A list with its filter. */
interface Source<T, Key extends number | string> extends Pick<ListToExport<T, Key>, 'read'> {
  /** The user or room that the whole list concerns, for the audit log. */
  readonly about?: { readonly subjectId?: number | undefined; readonly roomId?: number | undefined }
}

interface Query {
  readonly cursor?: Cursor | Cursor<string> | undefined
  /** Whether to open the list's page with the rows after this file, instead of downloading the file. */
  readonly rest?: 'true' | undefined
}

type KeyOf<Q extends Query> = NonNullable<Q['cursor']>['key']

const rest = z.literal('true').optional()
const page = { limit: true, done: true } as const

/** How many rows one statement reads: 500 small rows, fewer where a row can have long texts. */
const many = 500
const some = 100
const few = 25

export function exportPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  function add<Q extends Query, T>(
    path: string,
    name: ExportedList,
    schema: z.ZodType<Q>,
    list: Omit<ListToExport<T, KeyOf<Q>>, 'read'>,
    open: (
      query: Q,
      c: RequestContext,
      admin: Viewing,
    ) => Promise<Source<T, KeyOf<Q>>> | Source<T, KeyOf<Q>>,
  ): void {
    pages.file(`${path}/export`, async (c, admin) => {
      const query = readQuery(c, schema)
      const { cursor, rest: wantsRest, ...filter } = query
      if (cursor?.direction === 'before') {
        throw new ValidationError([
          { field: 'cursor', message: 'must be a cursor to continue after' },
        ])
      }
      const { read, about } = await open(query, c, admin)
      const own = { path: c.req.path.replace(/export\/?$/, ''), query: given(filter) }
      const { csv, rows, next } = await exportList({ ...list, read }, cursor)
      if (wantsRest) return pathOfRest(own, next)
      await recordExport(db, admin, name, { rows, filters: Object.keys(own.query), ...about })
      const isWhole = next === null && cursor === undefined
      return { name: `${name}${isWhole ? '' : '-part'}.csv`, type: 'text/csv', body: csv }
    })
  }

  add(
    '/admin/users',
    'users',
    usersQuery.omit({ limit: true, select: true }).extend({ rest }),
    { pageSize: many, columns: columnsOf.users },
    ({ search }) => ({ read: (request) => listUsersForAdmin(db, search, request) }),
  )
  add(
    '/admin/rooms',
    'rooms',
    roomsQuery.omit({ ...page, select: true }).extend({ rest }),
    { pageSize: many, columns: columnsOf.rooms },
    ({ search, kind, state, order }, _c, admin) => ({
      read: (request) => listRoomsForAdmin(runtime, admin, { search, kind, state, order }, request),
    }),
  )
  const ofRoom = roomListQuery.omit(page).extend({ rest })
  const readRoom = async (c: RequestContext) => (await getRoomForAdmin(db, readRoomId(c), 0)).id
  add(
    '/admin/rooms/:id/members',
    'members',
    ofRoom,
    { pageSize: many, columns: columnsOf.members },
    async (_query, c) => {
      const roomId = await readRoom(c)
      return { read: (request) => listMembersForAdmin(db, roomId, request), about: { roomId } }
    },
  )
  add(
    '/admin/rooms/:id/bans',
    'bans',
    ofRoom,
    { pageSize: many, columns: columnsOf.bans },
    async (_query, c) => {
      const roomId = await readRoom(c)
      return { read: (request) => listBansForAdmin(db, roomId, request), about: { roomId } }
    },
  )
  add(
    '/admin/connections',
    'connections',
    connectionsQuery.omit({ ...page, select: true }).extend({ rest }),
    { pageSize: many, columns: columnsOf.connections },
    async ({ user }) => {
      const found = user === undefined ? undefined : await findUserByName(db, user)
      if (user !== undefined && !found) {
        throw new ValidationError([
          { field: 'user', message: 'is not a username: check the spelling' },
        ])
      }
      return {
        read: (request) => listConnections(db, found?.id, request),
        about: { subjectId: found?.id },
      }
    },
  )
  add(
    '/admin/reports',
    'reports',
    reportsQuery.omit({ limit: true, select: true }).extend({ rest }),
    { pageSize: many, columns: columnsOf.reports },
    ({ state, about, user: subjectId }) => ({
      read: (request) => listCases(db, { isOpen: state === 'open', about, subjectId }, request),
      about: { subjectId },
    }),
  )
  add(
    '/admin/held',
    'held-messages',
    heldQuery.omit({ ...page, select: true }).extend({ rest }),
    { pageSize: few, columns: columnsOf['held-messages'] },
    () => ({ read: (request) => listHeld(db, request) }),
  )
  add(
    '/admin/notices',
    'notices',
    noticesQuery.omit({ ...page, to: true }).extend({ rest }),
    { pageSize: some, columns: columnsOf.notices },
    () => ({ read: (request) => listNotices(db, request) }),
  )
  add(
    '/admin/announcements',
    'announcements',
    announcementsQuery.omit(page).extend({ rest }),
    { pageSize: some, columns: columnsOf.announcements },
    () => ({ read: (request) => listAnnouncementsForAdmin(db, request) }),
  )
  add(
    '/admin/audit',
    'audit-log',
    auditQuery.omit({ limit: true }).extend({ rest }),
    { pageSize: some, columns: columnsOf['audit-log'] },
    async (query) => {
      const { filter, errors } = await readAuditFilter(db, query)
      if (errors.length > 0) throw new ValidationError([...errors])
      const { subjectId } = filter
      return { read: (request) => listAudit(db, filter, request), about: { subjectId } }
    },
  )
}

function pathOfRest(
  { path, query }: Pick<ListRequest, 'path' | 'query'>,
  next: Cursor<number | string> | null,
): string {
  if (next === null) {
    throw new ChatError(
      'conflict',
      'this file contains the end of the list: there are no more rows',
    )
  }
  return `${path}?${new URLSearchParams({ ...query, cursor: `a${next.key}` }).toString()}`
}
