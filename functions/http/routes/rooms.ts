import * as operations from '../../../src/protocol/operations/rooms.ts'
import { listEvents } from '../../../src/core/messages/list-events.ts'
import { markRead } from '../../../src/core/messages/mark-read.ts'
import { deleteRoom, updateRoom } from '../../../src/core/rooms/change-room.ts'
import { createRoom } from '../../../src/core/rooms/create-room.ts'
import { openDirect } from '../../../src/core/rooms/direct.ts'
import { listMembers } from '../../../src/core/rooms/list-members.ts'
import { listRooms, readRoom } from '../../../src/core/rooms/list-rooms.ts'
import { joinRoom, leaveRoom, putMember, removeMember } from '../../../src/core/rooms/membership.ts'
import { setNotify } from '../../../src/core/rooms/set-notify.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkResults, linkPositions } from '../links.ts'

export function roomRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const { db } = runtime

  on(operations.createRoom, async ({ caller, body }) => {
    return { status: 201, body: await createRoom(runtime, caller, body) }
  })
  on(operations.listRooms, async ({ c, sessionId, query }) => {
    const { member, search, order } = query
    const page = await listRooms(runtime, sessionId, { member, search, order }, query)
    return { status: 200, body: linkResults(c, query, page) }
  })
  on(operations.readRoom, async ({ sessionId, params }) => {
    return { status: 200, body: await readRoom(db, sessionId, params.room_id) }
  })
  on(operations.updateRoom, async ({ caller, params, body }) => {
    return { status: 200, body: await updateRoom(runtime, caller.sessionId, params.room_id, body) }
  })
  on(operations.deleteRoom, async ({ caller, params }) => {
    await deleteRoom(runtime, caller.sessionId, params.room_id)
    return { status: 204 }
  })

  on(operations.joinRoom, async ({ caller, params }) => {
    return { status: 200, body: await joinRoom(runtime, caller.sessionId, params.room_id) }
  })
  on(operations.leaveRoom, async ({ caller, params }) => {
    await leaveRoom(runtime, caller.sessionId, params.room_id)
    return { status: 204 }
  })
  on(operations.markRead, async ({ sessionId, params, body }) => {
    return { status: 200, body: await markRead(runtime, sessionId, params.room_id, body.seq) }
  })
  on(operations.setNotify, async ({ caller, params, body }) => {
    return { status: 200, body: await setNotify(db, caller.sessionId, params.room_id, body.notify) }
  })

  on(operations.listEvents, async ({ c, sessionId, params, query }) => {
    const page = await listEvents(db, sessionId, params.room_id, query)
    return { status: 200, body: linkPositions(c, query, page) }
  })

  on(operations.listMembers, async ({ c, sessionId, params, query }) => {
    const page = await listMembers(db, sessionId, params.room_id, query)
    return { status: 200, body: linkResults(c, query, page) }
  })
  on(operations.putMember, async ({ caller, params, body }) => {
    const { room_id, username } = params
    const { member, isNew } = await putMember(
      runtime,
      caller.sessionId,
      room_id,
      username,
      body.role,
    )
    return { status: isNew ? 201 : 200, body: member }
  })
  on(operations.removeMember, async ({ caller, params }) => {
    await removeMember(runtime, caller.sessionId, params.room_id, params.username)
    return { status: 204 }
  })

  on(operations.openDirect, async ({ caller, body }) => {
    const { room, isNew } = await openDirect(runtime, caller, body.username)
    return { status: isNew ? 201 : 200, body: room }
  })
}
