import { beginSession } from '../../src/core/identity/session.ts'
import { randomWord } from '../../src/core/rooms/room-name.ts'
import { type Answer, call } from '../support/api-client.ts'
import { testKeys } from '../support/chat-server.ts'
import { RefusedError, type TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import type { Observer } from '../support/barrier.ts'
import type { Chat } from './environments.ts'
import {
  type Operation,
  type Part,
  type Schedule,
  type SessionOf,
  cast,
  clientIdOf,
} from './schedule.ts'

/** The outcome of an operation. `lost` means that its socket closed before the answer. */
export type Outcome =
  | { readonly kind: 'http'; readonly answer: Answer }
  | { readonly kind: 'socket'; readonly frame: TestSocket['received'][number] }
  | { readonly kind: 'opened'; readonly socket: TestSocket }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface Played {
  readonly operation: Operation
  readonly text: string
  isStarted: boolean
  outcome: Outcome | undefined
  /** After the answer to a logout: the ids of the room's messages at that time. */
  messagesAtLogout?: Set<number>
}

export interface Player {
  readonly user: TestUser
  /** A socket for all rooms, open during the whole test. */
  readonly socket: TestSocket
}

interface Session {
  readonly access: string
  /** A socket for all rooms. */
  readonly socket: TestSocket | undefined
  /** A socket for the schedule's room. */
  readonly roomSocket: TestSocket | undefined
}

/** A room with its cast and the sockets that a schedule needs, before any operation. */
export class Scene {
  readonly index: number
  readonly schedule: Schedule
  readonly room: Room
  readonly players: Readonly<Record<Part, Player>>
  readonly played: Played[]
  /** The last seq of the events that set the scene. */
  readonly baseSeq: number
  /** One-room sockets, and the sockets of spare sessions. */
  readonly sockets: TestSocket[] = []
  readonly #chat: Chat
  readonly #observer: Observer
  readonly #sessions: ReadonlyMap<string, Session>

  private constructor(
    stage: { chat: Chat; observer: Observer },
    index: number,
    schedule: Schedule,
    set: Pick<Scene, 'room' | 'players' | 'baseSeq'> & { sessions: ReadonlyMap<string, Session> },
  ) {
    this.#chat = stage.chat
    this.#observer = stage.observer
    this.#sessions = set.sessions
    this.index = index
    this.schedule = schedule
    this.room = set.room
    this.players = set.players
    this.baseSeq = set.baseSeq
    this.played = schedule.operations.map((operation, at) => ({
      operation,
      text: `operation ${at}`,
      isStarted: false,
      outcome: undefined,
    }))
    for (const { socket, roomSocket } of set.sessions.values()) {
      if (socket) this.sockets.push(socket)
      if (roomSocket) this.sockets.push(roomSocket)
    }
  }

  static async set(
    stage: { chat: Chat; observer: Observer },
    index: number,
    schedule: Schedule,
    players: Readonly<Record<Part, Player>>,
  ): Promise<Scene> {
    const room = await insertRoom(stage.observer, schedule.kind, players)
    const sessions = new Map<string, Session>()
    for (const part of cast) {
      for (const session of ['first', 'spare'] as const) {
        const opened = await openSession(stage.chat, schedule, part, session, {
          room,
          user: players[part].user,
        })
        if (opened) sessions.set(`${part} ${session}`, opened)
      }
    }
    return new Scene(stage, index, schedule, { room, players, sessions, baseSeq: 3 })
  }

  /** Starts the operations from `from` up to, but not including, `to`. Each is answered in its own time. */
  start(from: number, to: number): void {
    for (const played of this.played.slice(from, to)) {
      played.isStarted = true
      void this.#perform(played)
    }
  }

  get answered(): number {
    return this.played.filter(({ outcome }) => outcome !== undefined).length
  }

  /**
   * Returns how many sends wait for their answer. One process has one of them at the database, and the others in a
   * queue.
   */
  get openSends(): number {
    return this.#countOpen('send')
  }

  /** Returns how many sockets wait to be accepted. In one process, several of them share a statement. */
  get openConnects(): number {
    return this.#countOpen('connect')
  }

  session(part: Part, session: SessionOf): Session {
    return this.#sessions.get(`${part} ${session}`)!
  }

  #countOpen(type: 'send' | 'connect'): number {
    return this.played.filter(({ operation, outcome, isStarted }) => {
      return operation.type === type && isStarted && outcome === undefined
    }).length
  }

  async #perform(played: Played): Promise<void> {
    try {
      played.outcome = await this.#do(played)
    } catch (error) {
      played.outcome = { kind: 'failed', error }
    }
  }

  async #do(played: Played): Promise<Outcome> {
    const { operation, text } = played
    const { id, name } = this.room
    const { user, socket } = this.players[operation.by]
    const path = `/api/rooms/${id}`
    switch (operation.type) {
      case 'send': {
        const { by, over, clientId } = operation
        const session = this.session(by, operation.session)
        const message = {
          room_id: id,
          message: text,
          ...(clientId && { client_id: clientIdOf(operation) }),
        }
        if (over === 'http') {
          const { url } = this.#chat
          return http(await call(url, 'POST', '/api/messages/', message, session.access))
        }
        const at =
          (over === 'room socket' ? session.roomSocket : undefined) ?? session.socket ?? socket
        // It rejects when the socket closes first.
        return await at.ask({ action: 'sendmessage', ...message }).then(
          (frame): Outcome => ({ kind: 'socket', frame }),
          (): Outcome => ({ kind: 'lost' }),
        )
      }
      case 'remove':
        return http(await user.delete(`${path}/members/${this.#name(operation.whom)}/`))
      case 'ban':
        return http(await user.put(`${path}/bans/${this.#name(operation.whom)}/`))
      case 'lift':
        return http(await user.delete(`${path}/bans/${this.#name(operation.whom)}/`))
      case 'put':
        return http(
          await user.put(`${path}/members/${this.#name(operation.whom)}/`, {
            role: operation.role,
          }),
        )
      case 'join':
      case 'leave':
        return http(await user.post(`${path}/${operation.type}/`))
      case 'delete':
        return http(await user.delete(`${path}/`))
      case 'logout': {
        const { access } = this.session(operation.by, 'spare')
        const answer = await call(this.#chat.url, 'POST', '/api/logout/', undefined, access)
        played.messagesAtLogout = await this.#readMessages()
        return http(answer)
      }
      case 'connect': {
        const { access: token } = this.session(operation.by, operation.session)
        try {
          const opened = await user.connect(`/ws/chat/${name}/`, { token })
          this.sockets.push(opened)
          return { kind: 'opened', socket: opened }
        } catch (error) {
          if (error instanceof RefusedError) return { kind: 'refused', status: error.status }
          throw error
        }
      }
      case 'disconnect':
        await this.session(operation.by, 'spare').socket!.close()
        return { kind: 'lost' }
    }
  }

  #name(part: Part): string {
    return this.players[part].user.username
  }

  async #readMessages(): Promise<Set<number>> {
    const rows = await this.#observer.query<{ id: number }>(
      'select id::float8 as id from messages where room_id = $1',
      [this.room.id],
    )
    return new Set(rows.map(({ id }) => id))
  }
}

interface Room {
  readonly id: number
  readonly name: string
}

async function insertRoom(
  observer: Observer,
  kind: Schedule['kind'],
  { owner, moderator, member }: Scene['players'],
): Promise<Room> {
  const [room] = await observer.query<Room>(
    `insert into rooms (kind, name, title) values ($1, $2, 'A race') returning id::float8, name`,
    [kind, randomWord(22)],
  )
  await observer.query(
    `select a.seq
       from unnest($2::bigint[], $3::text[]) as m (user_id, role)
      cross join lateral add_member_v2($1, m.user_id, m.role, $4, 1000000, 0) a`,
    [
      room!.id,
      [owner, moderator, member].map(({ user }) => user.id),
      ['owner', 'moderator', 'member'],
      owner.user.id,
    ],
  )
  return room!
}

async function openSession(
  chat: Chat,
  { operations }: Schedule,
  part: Part,
  session: SessionOf,
  { room, user }: { room: Room; user: TestUser },
): Promise<Session | undefined> {
  const own = operations.filter(({ by }) => by === part)
  const uses = own.filter((operation) =>
    'session' in operation
      ? operation.session === session
      : session === (/^(logout|disconnect)$/.test(operation.type) ? 'spare' : 'first'),
  )
  if (session === 'spare' && uses.length === 0) return undefined
  const access =
    session === 'first'
      ? user.access
      : (await beginSession(chat.db, testKeys, await accountOf(chat, user), {
          address: '127.0.0.1',
          userAgent: undefined,
        }))!.access
  const isOver = (over: string) =>
    uses.some((operation) => operation.type === 'send' && operation.over === over)
  const isMember = part !== 'outsider'
  const needsSocket =
    uses.some(({ type }) => type === 'disconnect' || type === 'logout') ||
    isOver('socket') ||
    (isOver('room socket') && !isMember)
  return {
    access,
    socket:
      session === 'spare' && needsSocket
        ? await user.connect('/ws/', { token: access })
        : undefined,
    roomSocket:
      isMember && isOver('room socket')
        ? await user.connect(`/ws/chat/${room.name}/`, { token: access })
        : undefined,
  }
}

async function accountOf({ db }: Chat, { id }: TestUser) {
  return await db
    .selectFrom('users')
    .where('id', '=', id)
    .select(['id', 'password_hash'])
    .executeTakeFirstOrThrow()
}

function http(answer: Answer): Outcome {
  return { kind: 'http', answer }
}
