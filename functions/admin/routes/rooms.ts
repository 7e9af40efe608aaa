import * as z from 'zod'
import { username } from '../../../src/protocol/accounts.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { description, queryId, text, title } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { role } from '../../../src/protocol/rooms.ts'
import {
  actOnMember,
  addToRoom,
  archiveRoom,
  deleteRoomAsAdmin,
  editRoom,
  liftBanAsAdmin,
} from '../../../src/core/admin/act-on-room.ts'
import { listAudit } from '../../../src/core/admin/audit-log.ts'
import { figureMax } from '../../../src/core/admin/figures.ts'
import {
  getRoomForAdmin,
  listBansForAdmin,
  listMembersForAdmin,
  listRoomsForAdmin,
  type ShownRoom,
} from '../../../src/core/admin/rooms.ts'
import { findOpening, listContent, openContent } from '../../../src/core/admin/room-content.ts'
import { getUser } from '../../../src/core/admin/users.ts'
import { ChatError, noSuchRoom, noSuchUser } from '../../../src/core/errors.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { AdminPage } from '../layout.ts'
import type { Pages, Viewing } from '../pages.ts'
import { noRows, readFilter } from '../read-filter.ts'
import { readSelection } from '../selection.ts'
import { roomListQuery, roomQuery, roomsQuery } from '../query.ts'
import { exportPart, withExport } from '../views/export-part.ts'
import { type Again, editFields, nameField, questionPage } from '../views/room-form.ts'
import { closedPage, contentPage } from '../views/room-content.ts'
import { bansPage, membersPage } from '../views/room-members.ts'
import { adminRoomPage } from '../views/room.ts'
import {
  memberActions,
  memberActionWords,
  type RoomAction,
  roomActions,
  roomActionWords,
} from '../views/room-words.ts'
import { roomsPage } from '../views/rooms.ts'

/** How many entries of the audit log a room's page shows. */
const entriesShown = 10

const reason = text(0, 500)
const editForm = z.strictObject({ title, description, reason })
const addForm = z.strictObject({ username, role, reason })
const reasonForm = z.strictObject({ reason })
const openForm = z.strictObject({ reason: text(1, 500) })
const deleteForm = z.strictObject({ name: z.string().trim(), reason })

const nothingYet: Again = { draft: {}, errors: [] }

export function roomPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime
  const getRoom = async (c: RequestContext) => await getRoomForAdmin(db, readId(c, 'id'), figureMax)

  pages.get('/admin/rooms', async (c, admin) => {
    const { query, errors, typed } = readFilter(c, roomsQuery, ['search'])
    const { search, kind, state, order } = query
    const selection = readSelection(c, admin, query.select)
    if (errors.length > 0) {
      return roomsPage(noRows, { ...query, search: typed['search'] }, false, selection, errors)
    }
    const request = readPageRequest(c, query, {
      ...(search !== undefined && { search }),
      ...(kind !== undefined && { kind }),
      ...(state !== undefined && { state }),
      ...(order !== 'newest' && { order }),
    })
    const filter = { search, kind, state, order }
    const list = linkList(request, await listRoomsForAdmin(runtime, admin, filter, request))
    return withExport(roomsPage(list, filter, query.done === 'delete', selection), list, request)
  })

  pages.get('/admin/rooms/:id', async (c) => {
    const { done } = readQuery(c, roomQuery)
    const room = await getRoom(c)
    const first = { limit: entriesShown }
    const { results } = await listAudit(db, { roomId: room.id }, first)
    return adminRoomPage(room, results, done)
  })

  pages.get('/admin/rooms/:id/members', async (c, admin) => {
    const { done, ...query } = readQuery(c, roomListQuery)
    const room = await getRoom(c)
    const request = readPageRequest(c, query)
    const list = linkList(request, await listMembersForAdmin(db, room.id, request))
    return membersPage(room, list, admin, { done, under: exportPart(list, request) })
  })

  pages.post('/admin/rooms/:id/members', async (c, admin, form) => {
    const room = await getRoom(c)
    const askAgain = async (errors: readonly FieldError[], conflict?: string) => {
      const first = { path: `${pathOf(room)}members/`, query: {}, limit: 25 }
      const list = linkList(first, await listMembersForAdmin(db, room.id, first))
      return membersPage(room, list, admin, { draft: form, errors, conflict })
    }
    const given = parse(addForm, form)
    if (!given.ok) return await askAgain(given.errors)
    const { username: name, role: as } = given.value
    try {
      await addToRoom(runtime, admin, room.id, name, as, given.value)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      if (error.code === 'conflict' && room.kind !== 'direct')
        return await askAgain([], error.message)
      if (error.message !== noSuchUser().message) throw error
      return await askAgain([
        { field: 'username', message: 'is not a username: check the spelling' },
      ])
    }
    return `${pathOf(room)}members/?done=add`
  })

  pages.get('/admin/rooms/:id/bans', async (c) => {
    const { done, ...query } = readQuery(c, roomListQuery)
    const room = await getRoom(c)
    const request = readPageRequest(c, query)
    const list = linkList(request, await listBansForAdmin(db, room.id, request))
    return withExport(bansPage(room, list, done), list, request)
  })

  pages.get('/admin/rooms/:id/edit', async (c, admin) => {
    const room = await getRoom(c)
    refuseDirect(room)
    return editPage(room, admin, nothingYet)
  })

  pages.post('/admin/rooms/:id/edit', async (c, admin, form) => {
    const room = await getRoom(c)
    const given = parse(editForm, form)
    if (!given.ok) return editPage(room, admin, { draft: form, errors: given.errors })
    // The form changes nothing. Show it again, with the typed values and an error.
    if (given.value.title === room.title && given.value.description === room.description) {
      const errors = [
        {
          field: 'title',
          message: 'and the description are the same as before: change one of them',
        },
      ]
      return editPage(room, admin, { draft: form, errors })
    }
    await editRoom(runtime, admin, room.id, given.value, given.value)
    return `${pathOf(room)}?done=edit`
  })

  pages.get('/admin/rooms/:id/messages', async (c, admin) => {
    const { done, ...query } = readQuery(c, roomListQuery)
    const room = await getRoom(c)
    const request = readPageRequest(c, query)
    const content = await listContent(db, admin, room, request)
    if (!content) return closedPage(room, admin, nothingYet)
    const list = linkList(request, content)
    const opening = await findOpening(db, admin, room.id)
    return contentPage(room, list, opening?.expires_at, done === 'open')
  })

  pages.post('/admin/rooms/:id/open', async (c, admin, form) => {
    const room = await getRoom(c)
    const given = parse(openForm, form)
    if (!given.ok) return closedPage(room, admin, { draft: form, errors: given.errors })
    await openContent(runtime, admin, room.id, given.value.reason)
    return `${pathOf(room)}messages/?done=open`
  })

  for (const action of roomActions) {
    pages.get(`/admin/rooms/:id/${action}`, async (c, admin) => {
      const room = await getRoom(c)
      refuseDirect(room)
      return actionPage(room, action, admin, nothingYet)
    })

    pages.post(`/admin/rooms/:id/${action}`, async (c, admin, form) => {
      const room = await getRoom(c)
      const given = parse(action === 'delete' ? deleteForm : reasonForm, form)
      if (!given.ok) return actionPage(room, action, admin, { draft: form, errors: given.errors })
      if ('name' in given.value && given.value.name !== room.name) {
        const errors = [{ field: 'name', message: `must be exactly ${room.name}` }]
        return actionPage(room, action, admin, { draft: form, errors })
      }
      if (action === 'delete') {
        await deleteRoomAsAdmin(runtime, admin, room.id, given.value)
        return '/admin/rooms/?done=delete'
      }
      await archiveRoom(runtime, admin, room.id, action === 'archive', given.value)
      return `${pathOf(room)}?done=${action}`
    })
  }

  for (const action of memberActions) {
    const words = memberActionWords[action]
    const list = action === 'lift' ? 'bans/' : 'members/'
    const path = `/admin/rooms/:id/members/:user_id/${action}`

    const memberPage = async (c: RequestContext, admin: Viewing, { draft, errors }: Again) => {
      const room = await getRoom(c)
      refuseDirect(room)
      const user = await getUser(db, readId(c, 'user_id'))
      return questionPage(
        {
          title: `${words.button}: ${user.username}`,
          action: `${pathOf(room)}members/${user.id}/${action}/`,
          back: `${pathOf(room)}${list}`,
          words: {
            ...words,
            effect: `In the room “${room.title}”: ${user.username}. ${words.effect}`,
          },
          ...(action === 'ban' && {
            reasonHint: 'For the audit log. The owners and moderators of the room see it, too.',
          }),
          draft,
          errors,
        },
        admin,
      )
    }

    pages.get(path, async (c, admin) => await memberPage(c, admin, nothingYet))

    pages.post(path, async (c, admin, form) => {
      const given = parse(reasonForm, form)
      if (!given.ok) return await memberPage(c, admin, { draft: form, errors: given.errors })
      const [roomId, userId] = [readId(c, 'id'), readId(c, 'user_id')]
      if (words.does === 'lift_ban') {
        await liftBanAsAdmin(runtime, admin, roomId, userId, given.value)
      } else {
        await actOnMember(runtime, admin, roomId, userId, words.does, given.value)
      }
      return `/admin/rooms/${roomId}/${list}?done=${action}`
    })
  }
}

function pathOf({ id }: Pick<ShownRoom, 'id'>): string {
  return `/admin/rooms/${id}/`
}

function refuseDirect({ kind }: ShownRoom): void {
  if (kind === 'direct') {
    throw new ChatError(
      'conflict',
      'a direct chat belongs to its two members: admins cannot change it',
    )
  }
}

export const readRoomId = (c: RequestContext): number => readId(c, 'id')

function readId(c: RequestContext, param: 'id' | 'user_id'): number {
  const id = queryId.safeParse(c.req.param(param))
  if (!id.success) throw param === 'id' ? noSuchRoom() : noSuchUser()
  return id.data
}

function editPage(room: ShownRoom, admin: Viewing, { draft, errors }: Again): AdminPage {
  const values = { title: room.title, description: room.description, ...draft }
  return questionPage(
    {
      title: `Edit: ${room.title}`,
      action: `${pathOf(room)}edit/`,
      back: pathOf(room),
      words: { button: 'Save', effect: 'Members see the new title and description at once.' },
      fields: editFields(values, errors),
      draft,
      errors,
    },
    admin,
  )
}

function actionPage(
  room: ShownRoom,
  action: RoomAction,
  admin: Viewing,
  { draft, errors }: Again,
): AdminPage {
  const words = roomActionWords[action]
  return questionPage(
    {
      title: `${words.button}: ${room.title}`,
      action: `${pathOf(room)}${action}/`,
      back: pathOf(room),
      words,
      ...(action === 'delete' && { fields: nameField(room.name, draft, errors) }),
      draft,
      errors,
    },
    admin,
  )
}
