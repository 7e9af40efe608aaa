/**
 * Looks at what the server puts on the wire, before the network does anything to it. Clients make good for much that a
 * server forgets: they would be slower to show it, and end up the same. So some rules are looked at here.
 */
import type { Book } from './book.ts'
import type { VirtualClock } from './clock.ts'

interface Resume {
  /** By room: the seq that the client has, then the newest that was sent in order. */
  readonly positions: Map<number, number>
  /** By room: where the answer to `hello` says that it stands. */
  readonly heads: Map<number, number>
  /** Rooms that were answered with `resync` or `room.removed`. */
  readonly answered: Set<number>
  isRefused: boolean
}

/** Whose socket it is, and whether the server has let it in only a moment ago. */
export interface Posted {
  readonly connectionId: string
  readonly userId: number
  readonly isYoung: boolean
  /** No room is left to the fan-out. */
  readonly isDirect: boolean
}

/** A socket that the server has to push to, and when it ended. */
interface Listener {
  readonly id: string
  readonly page: { readonly userId: number }
  readonly endedAt: number
}

/** An event that was sent, and to whom. */
export interface Push {
  readonly roomId: number
  readonly seq: number
  readonly type: string | undefined
  readonly to: Set<string>
  /** When it was pushed first, and who was there then; null: it was only replayed so far. */
  first: { readonly at: number; readonly listening: readonly Listener[] } | null
}

interface WireEvent {
  readonly type?: string
  readonly room_id?: number
  readonly seq?: number
  readonly code?: string
  readonly duplicate?: boolean
  readonly client_id?: string
  readonly rooms?: readonly { readonly room_id: number; readonly last_seq: number }[]
}

export class WireWatch {
  readonly #book: Book
  readonly #resumes = new Map<string, Resume>()
  /** By the client's id of a message: the sockets that it was posted to. */
  readonly #asked = new Map<string, Set<string>>()
  /** By room and user: the newest event that was pushed to them. What is replayed may be of a public room. */
  readonly #pushed = new Map<string, number>()
  /** The same frame goes to many sockets. */
  #last: { readonly text: string; readonly events: readonly WireEvent[] } = { text: '', events: [] }
  /** By room and seq. */
  readonly #pushes = new Map<string, Push>()
  readonly #clock: VirtualClock

  constructor(book: Book, clock: VirtualClock) {
    this.#book = book
    this.#clock = clock
  }

  /** A frame that a handler is about to get. */
  came(connectionId: string, data: string): void {
    const frame = JSON.parse(data) as { action?: string; rooms?: Record<string, number> }
    if (frame.action !== 'hello') return
    const positions = new Map(
      Object.entries(frame.rooms ?? {}).map(([id, seq]) => [Number(id), seq]),
    )
    this.#resumes.set(connectionId, {
      positions,
      heads: new Map(),
      answered: new Set(),
      isRefused: false,
    })
  }

  /** `listen`: which sockets there are just now. */
  posted(
    { connectionId, userId, isYoung, isDirect }: Posted,
    text: string,
    listen: () => readonly Listener[],
  ): void {
    const resume = this.#resumes.get(connectionId)
    for (const event of this.#read(text)) {
      const { type, room_id = 0, seq, client_id = '', rooms = [], code } = event
      this.#asked.get(client_id)?.add(connectionId)
      // [W11] A push that meets 410 says nothing of a socket that is just being let in.
      if (isYoung && type === 'bye' && code === 'unknown_connection') {
        this.#book.found('lost', `socket ${connectionId}, which was just let in, is not known`)
      }
      if (isDirect && type === 'ack' && !event.duplicate) {
        // [W5] What is acknowledged was pushed, to the sender as well.
        const push = this.#pushes.get(`${room_id}:${seq}`)
        if (!push?.to.has(connectionId)) {
          const text = `socket ${connectionId} was told of its send, and not pushed event ${seq} of room ${room_id}`
          this.#book.found('lost', text)
        }
      }
      if (seq !== undefined && type !== 'ack') {
        const push = this.#pushOf(room_id, seq, type)
        push.to.add(connectionId)
        if (!resume) {
          push.first ??= { at: this.#clock.now, listening: listen() }
          const user = `${room_id} ${userId}`
          this.#pushed.set(user, Math.max(seq, this.#pushed.get(user) ?? 0))
        }
      }
      if (!resume) continue
      if (type === 'error' || type === 'bye') resume.isRefused = true
      else if (type === 'hello') {
        for (const { room_id: id, last_seq } of rooms) resume.heads.set(id, last_seq)
      } else if (type === 'resync' || type === 'room.removed') resume.answered.add(room_id)
      else if (seq !== undefined && resume.positions.get(room_id) === seq - 1) {
        resume.positions.set(room_id, seq)
      }
    }
  }

  #pushOf(roomId: number, seq: number, type: string | undefined): Push {
    const key = `${roomId}:${seq}`
    const push = this.#pushes.get(key) ?? { roomId, seq, type, to: new Set(), first: null }
    this.#pushes.set(key, push)
    return push
  }

  get pushes(): IterableIterator<Push> {
    return this.#pushes.values()
  }

  #read(text: string): readonly WireEvent[] {
    if (this.#last.text !== text) {
      this.#last = { text, events: [JSON.parse(text) as WireEvent | WireEvent[]].flat() }
    }
    return this.#last.events
  }

  /** The newest event of a room that was pushed to a user; 0: none was. */
  newestPushed(roomId: number, userId: number): number {
    return this.#pushed.get(`${roomId} ${userId}`) ?? 0
  }

  /** [W6] The handler of a frame is done, and nobody killed it. */
  done(connectionId: string): void {
    const resume = this.#resumes.get(connectionId)
    if (!resume) return
    this.#resumes.delete(connectionId)
    const { positions, heads, answered, isRefused } = resume
    if (isRefused) return
    for (const [roomId, head] of heads) {
      const at = positions.get(roomId)
      if (at === undefined || at >= head || answered.has(roomId)) continue
      const text = `after hello, socket ${connectionId} was sent room ${roomId} up to ${at} of ${head}`
      this.#book.found('lost', text)
    }
  }

  /** The handler was killed: nothing is expected of it. */
  gone(connectionId: string): void {
    this.#resumes.delete(connectionId)
  }

  /** From now on it is known which sockets a message is posted to. */
  expect(clientId: string): void {
    this.#asked.set(clientId, new Set())
  }

  /** The sockets that it was posted to. */
  takeSockets(clientId: string): ReadonlySet<string> {
    const sockets = this.#asked.get(clientId) ?? new Set()
    this.#asked.delete(clientId)
    return sockets
  }
}
