/**
 * Checks what the server puts on the wire, before the network changes it. Clients repair much that a server forgets:
 * they show it later, but end in the same state. So some rules are checked here.
 */
import type { Book } from './book.ts'
import type { VirtualClock } from './clock.ts'

interface Resume {
  /** By room: the seq that the client has, then the newest seq that was sent in order. */
  readonly positions: Map<number, number>
  /** By room: the last seq in the answer to `hello`. */
  readonly heads: Map<number, number>
  /** The rooms that were answered with `resync` or `room.removed`. */
  readonly answered: Set<number>
  isRefused: boolean
}

/** The owner of a socket, and whether the server accepted it only a moment ago. */
export interface Posted {
  readonly connectionId: string
  readonly userId: number
  readonly isYoung: boolean
  /** Whether the fan-out serves no room. */
  readonly isDirect: boolean
}

/** A socket that the server has to push to, and when it ended. */
interface Listener {
  readonly id: string
  readonly page: { readonly userId: number }
  readonly endedAt: number
}

/** An event that was sent, and its recipients. */
export interface Push {
  readonly roomId: number
  readonly seq: number
  readonly type: string | undefined
  readonly to: Set<string>
  /** When it was first sent, and which sockets were open then. Null when it was only replayed so far. */
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
  /** The sockets that a message was posted to, by the client's id of the message. */
  readonly #asked = new Map<string, Set<string>>()
  /**
   * The newest event that was sent, by room and user. Replayed events do not count, because they may be of a public
   * room.
   */
  readonly #pushed = new Map<string, number>()
  /** The last frame. One frame goes to many sockets. */
  #last: { readonly text: string; readonly events: readonly WireEvent[] } = { text: '', events: [] }
  /** The pushes, by room and seq. */
  readonly #pushes = new Map<string, Push>()
  readonly #clock: VirtualClock

  constructor(book: Book, clock: VirtualClock) {
    this.#book = book
    this.#clock = clock
  }

  /** Notes a frame that a handler is about to get. */
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

  /** `listen` returns the sockets that are open at this moment. */
  posted(
    { connectionId, userId, isYoung, isDirect }: Posted,
    text: string,
    listen: () => readonly Listener[],
  ): void {
    const resume = this.#resumes.get(connectionId)
    for (const event of this.#read(text)) {
      const { type, room_id = 0, seq, client_id = '', rooms = [], code } = event
      this.#asked.get(client_id)?.add(connectionId)
      // [W11] A push that gets 410 proves nothing about a socket that is just being accepted.
      if (isYoung && type === 'bye' && code === 'unknown_connection') {
        this.#book.found('lost', `socket ${connectionId}, which was just let in, is not known`)
      }
      if (isDirect && type === 'ack' && !event.duplicate) {
        // [W5] An acknowledged message must have been sent, to the sender as well.
        const push = this.#pushes.get(`${room_id}:${seq}`)
        if (!push?.to.has(connectionId)) {
          const text = `socket ${connectionId} was told of its send, and not sent event ${seq} of room ${room_id}`
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

  /** Returns the newest event of a room that was sent to a user, or 0. */
  newestPushed(roomId: number, userId: number): number {
    return this.#pushed.get(`${roomId} ${userId}`) ?? 0
  }

  /** [W6] The handler of a frame has finished, and was not killed. */
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

  /** The handler was killed. Nothing is expected of it. */
  gone(connectionId: string): void {
    this.#resumes.delete(connectionId)
  }

  /** From now on the sockets that a message is posted to are recorded. */
  expect(clientId: string): void {
    this.#asked.set(clientId, new Set())
  }

  /** Returns the sockets that the message was posted to. */
  takeSockets(clientId: string): ReadonlySet<string> {
    const sockets = this.#asked.get(clientId) ?? new Set()
    this.#asked.delete(clientId)
    return sockets
  }
}
