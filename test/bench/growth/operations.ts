/** The measured operations. They are calls of the product, as its handlers make them. */
import { connect } from '../../../functions/websocket/connect.ts'
import { listMessages } from '../../../src/core/messages/list-messages.ts'
import { listRooms } from '../../../src/core/rooms/list-rooms.ts'
import { createMessageSearch } from '../../../src/core/search/search-messages.ts'
import type { RoomOrder } from '../../../src/protocol/rooms.ts'
import { accessOf } from '../load/systems.ts'
import type { Operation } from './measure.ts'

const pageSize = 50
const text = 'we could meet at the harbour at noon and bring the new plans with us'

/** Users have a session of the same number. */
const sessionOf = (user: number) => user

function expectCount(found: number, expected: number, of: string): void {
  if (found !== expected) throw new Error(`${of}: found ${found} instead of ${expected}`)
}

/** A member sends a message by the socket that fillSockets has made. */
export function send(name: string, user: number, roomId: number): Operation {
  return {
    name,
    run: async ({ sends, next }) => {
      const clientId = `sent ${process.hrtime.bigint()} ${next()}`
      const sent = await sends.send({ connectionId: `socket ${user}`, roomId, text, clientId })
      expectCount(sent.message.room_id, roomId, name)
    },
  }
}

/** A page of 50 messages: the newest one, or the one before a message. */
export function page(name: string, user: number, roomId: number, before?: number): Operation {
  return {
    name,
    run: async ({ db }) => {
      const query = { limit: pageSize, before, after: undefined, around: undefined }
      const { results } = await listMessages(db, sessionOf(user), roomId, query)
      expectCount(results.length, pageSize, name)
    },
  }
}

/** The first 50 of the user's rooms, with unread counts. */
export function rooms(name: string, user: number, order: RoomOrder, found: number): Operation {
  return {
    name,
    run: async (world) => {
      const filter = { member: true, search: undefined, order }
      const { results } = await listRooms(world, sessionOf(user), filter, { limit: pageSize })
      expectCount(results.length, found, name)
    },
  }
}

interface Searched {
  readonly user: number
  readonly q: string
  /** In all rooms of the user if undefined. */
  readonly roomId?: number
  readonly found: number
}

export function search(name: string, { user, q, roomId, found }: Searched): Operation {
  const caller = {
    userId: user,
    username: `user_${user}`,
    displayName: null,
    sessionId: sessionOf(user),
  }
  return {
    name,
    run: async (world) => {
      const searchMessages = createMessageSearch(world)
      const { results } = await searchMessages(caller, { q, roomId }, { limit: pageSize })
      expectCount(results.length, found, name)
    },
  }
}

/** A socket of the user for all their rooms, or for one room, as the handler of $connect lets it in. */
export function open(name: string, user: number, roomName?: string): Operation {
  return connectAs(name, () => user, roomName)
}

/** A user who is no member yet opens a socket for a public room, and so joins it. Each call takes the next user. */
export function join(name: string, firstUser: number, roomName: string): Operation {
  let user = firstUser
  return connectAs(name, () => user++, roomName)
}

function connectAs(name: string, nextUser: () => number, roomName?: string): Operation {
  let calls = 0
  return {
    name,
    run: async (world) => {
      // Each socket has an id of its own. What is left of the ids before is not in the way, as in real use.
      const connectionId = `measured ${name} ${(calls += 1)}`
      const { statusCode } = await connect(world)({
        headers: {
          authorization: `Bearer ${accessOf(nextUser())}`,
          'sec-websocket-protocol': 'quick-connect.v1',
        },
        ...(roomName !== undefined && { queryStringParameters: { room: roomName } }),
        requestContext: {
          connectionId,
          requestId: 'measured',
          identity: { sourceIp: '127.0.0.1' },
        },
      })
      expectCount(statusCode, 200, name)
    },
    undo: `delete from connections where id like 'measured %'`,
  }
}
