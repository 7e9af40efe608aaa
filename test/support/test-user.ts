import type { Room } from '../../src/protocol/rooms.ts'
import type { Answer, Callable } from './api-client.ts'
import { type SocketOptions, TestSocket } from './test-socket.ts'

export const testPassword = 'correct horse battery'

/** A registered user, and how they call a server. */
export class TestUser {
  readonly id: number
  readonly username: string
  access: string
  refresh: string
  #server: Callable

  private constructor(server: Callable, body: Answer['body']) {
    this.#server = server
    this.id = body.user.id
    this.username = body.user.username
    this.access = body.access
    this.refresh = body.refresh
  }

  static async register(server: Callable, username: string): Promise<TestUser> {
    const answer = await server.call('POST', '/api/register/', {
      username,
      password: testPassword,
      email: `${username}@example.org`,
    })
    if (answer.status !== 201) throw new Error(`not registered: ${answer.text}`)
    return new TestUser(server, answer.body)
  }

  /** Returns the same user with another session. */
  async login(server = this.#server): Promise<TestUser> {
    const { username } = this
    const answer = await server.call('POST', '/api/login/', { username, password: testPassword })
    if (answer.status !== 200) throw new Error(`not logged in: ${answer.text}`)
    return new TestUser(server, answer.body)
  }

  /** Returns the same session at another address, as after a restart. */
  at(server: Callable): TestUser {
    const { id, username, access, refresh } = this
    return new TestUser(server, { user: { id, username }, access, refresh })
  }

  get = (path: string) => this.#call('GET', path)
  post = (path: string, body: unknown = {}) => this.#call('POST', path, body)
  put = (path: string, body: unknown = {}) => this.#call('PUT', path, body)
  patch = (path: string, body: unknown) => this.#call('PATCH', path, body)
  delete = (path: string, body?: unknown) => this.#call('DELETE', path, body)

  async createRoom(room: Record<string, unknown> = { title: 'A room' }): Promise<Room> {
    const answer = await this.post('/api/rooms/', room)
    if (answer.status !== 201) throw new Error(`no room: ${answer.text}`)
    return answer.body as Room
  }

  async send(roomId: number, message: string, more: Record<string, unknown> = {}): Promise<Answer> {
    return await this.post('/api/messages/', { room_id: roomId, message, ...more })
  }

  /** Opens a v1 socket for all rooms, unless the arguments say otherwise. */
  async connect(path = '/ws/', options: SocketOptions = {}): Promise<TestSocket> {
    return await TestSocket.open(this.#server.url + path, { token: this.access, ...options })
  }

  /** Opens a socket as a simple client does: the first subprotocol is any word, the second is the token. */
  async connectSimple(roomName: string): Promise<TestSocket> {
    return await this.connect(`/ws/chat/${roomName}/`, {
      token: undefined,
      protocols: ['chat-protocol', this.access],
    })
  }

  async #call(method: string, path: string, body?: unknown): Promise<Answer> {
    return await this.#server.call(method, path, body, this.access)
  }
}
