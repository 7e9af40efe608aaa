import { Hono } from 'hono'
import { username } from '../../../src/protocol/accounts.ts'
import {
  createRoomRequest,
  directRequest,
  listMembersQuery,
  listRoomsQuery,
  putMemberRequest,
  readRequest,
  updateRoomRequest,
} from '../../../src/protocol/rooms.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { markRead } from '../../../src/core/messages/mark-read.ts'
import { deleteRoom, updateRoom } from '../../../src/core/rooms/change-room.ts'
import { createRoom } from '../../../src/core/rooms/create-room.ts'
import { openDirect } from '../../../src/core/rooms/direct.ts'
import { listMembers } from '../../../src/core/rooms/list-members.ts'
import { listRooms, readRoom } from '../../../src/core/rooms/list-rooms.ts'
import {
  joinRoom,
  leaveRoom,
  putMember,
  removeFromRoom,
} from '../../../src/core/rooms/membership.ts'
import type { Runtime } from '../../runtime.ts'
import {
  type Env,
  readBody,
  readPageRequest,
  readQuery,
  readRoomId,
  readSession,
  type Request,
} from '../request.ts'

export function roomRoutes(runtime: Runtime): Hono<Env> {
  const { db } = runtime
  const routes = new Hono<Env>({ strict: false })
  const session = (c: Request) => readSession(c, runtime).sessionId

  routes.post('/rooms', async (c) => {
    const sessionId = session(c)
    const body = await readBody(c, createRoomRequest)
    return c.json(await createRoom(runtime, sessionId, body), 201)
  })
  routes.get('/rooms', async (c) => {
    const sessionId = session(c)
    const query = readQuery(c, listRoomsQuery)
    const { member, search } = query
    const others = { ...(member && { member: 'true' }), ...(search !== undefined && { search }) }
    const request = readPageRequest(c, query, others)
    return c.json(await listRooms(db, sessionId, { member, search }, request))
  })
  routes.get('/rooms/:room_id', async (c) => {
    const sessionId = session(c)
    return c.json(await readRoom(db, sessionId, readRoomId(c)))
  })
  routes.patch('/rooms/:room_id', async (c) => {
    const sessionId = session(c)
    const body = await readBody(c, updateRoomRequest)
    return c.json(await updateRoom(runtime, sessionId, readRoomId(c), body))
  })
  routes.delete('/rooms/:room_id', async (c) => {
    const sessionId = session(c)
    await deleteRoom(runtime, sessionId, readRoomId(c))
    return c.body(null, 204)
  })

  routes.post('/rooms/:room_id/join', async (c) => {
    const sessionId = session(c)
    return c.json(await joinRoom(runtime, sessionId, readRoomId(c)))
  })
  routes.post('/rooms/:room_id/leave', async (c) => {
    const sessionId = session(c)
    await leaveRoom(runtime, sessionId, readRoomId(c))
    return c.body(null, 204)
  })
  routes.post('/rooms/:room_id/read', async (c) => {
    const sessionId = session(c)
    const { seq } = await readBody(c, readRequest)
    return c.json(await markRead(runtime, sessionId, readRoomId(c), seq))
  })

  routes.get('/rooms/:room_id/members', async (c) => {
    const sessionId = session(c)
    const query = readQuery(c, listMembersQuery)
    return c.json(await listMembers(db, sessionId, readRoomId(c), readPageRequest(c, query)))
  })
  routes.put('/rooms/:room_id/members/:username', async (c) => {
    const sessionId = session(c)
    const { role } = await readBody(c, putMemberRequest)
    const { member, isNew } = await putMember(
      runtime,
      sessionId,
      readRoomId(c),
      readUsername(c),
      role,
    )
    return c.json(member, isNew ? 201 : 200)
  })
  routes.delete('/rooms/:room_id/members/:username', async (c) => {
    const sessionId = session(c)
    await removeFromRoom(runtime, sessionId, readRoomId(c), readUsername(c))
    return c.body(null, 204)
  })

  routes.post('/direct', async (c) => {
    const sessionId = session(c)
    const { username } = await readBody(c, directRequest)
    const { room, isNew } = await openDirect(runtime, sessionId, username)
    return c.json(room, isNew ? 201 : 200)
  })

  return routes
}

function readUsername(c: Request): string {
  const name = username.safeParse(c.req.param('username'))
  if (!name.success) throw new ChatError('not_found', 'no such user')
  return name.data
}
