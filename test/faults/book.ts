/** Records what was sent, and what the screens have shown at any moment. */
import type { ChatClient, ChatError, RoomHandle, RoomView } from '../../src/client/index.ts'
import type { VirtualClock } from './clock.ts'

/** `different`: a state that differs from a fresh fetch. */
export type ExceptionKind = 'lost' | 'doubled' | 'out of order' | 'different'

export interface Exception {
  readonly kind: ExceptionKind
  readonly text: string
}

export interface Send {
  readonly clientId: string
  readonly device: number
  readonly userId: number
  readonly roomId: number
  readonly text: string
  /** The storage has it: from now on it must not be lost. */
  isKept: boolean
  isDiscarded: boolean
  isRetried: boolean
  tries: number
  /** The number of attempts that the server has refused with an error. */
  refusals: number
}

/** The parts of a device that the book watches. */
interface Watched {
  readonly index: number
  readonly client: ChatClient
  readonly isReady: boolean
}

type Messages = RoomView['messages']

const noMessages: Messages = []

export class Book {
  readonly sends = new Map<string, Send>()
  readonly exceptions: Exception[] = []
  /** The number of messages that appeared on a screen. */
  deliveries = 0
  /** When a screen last changed. */
  changedAt = 0
  /** The stretches that were shown of each room: first seq, last seq, and number of messages. */
  readonly stretches = new Map<number, Set<string>>()
  readonly #clock: VirtualClock
  /** What was shown, by device and room. */
  readonly #shown = new Map<string, Set<number>>()
  /** The message's id, by room and seq. */
  readonly #ids = new Map<string, number>()
  readonly #reports: string[] = []

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  found(kind: ExceptionKind, text: string): void {
    this.exceptions.push({ kind, text })
  }

  count(kind: ExceptionKind): number {
    return this.exceptions.filter((each) => each.kind === kind).length
  }

  sent(send: Pick<Send, 'clientId' | 'device' | 'userId' | 'roomId' | 'text'>): void {
    this.sends.set(send.clientId, {
      ...send,
      isKept: false,
      isDiscarded: false,
      isRetried: false,
      tries: 0,
      refusals: 0,
    })
  }

  kept(clientId: string): void {
    const send = this.sends.get(clientId)
    if (send) send.isKept = true
  }

  discarded(clientId: string): void {
    const send = this.sends.get(clientId)
    if (send) send.isDiscarded = true
  }

  tried(clientId: unknown): void {
    const send = this.sends.get(String(clientId))
    if (send) send.tries += 1
  }

  refused(clientId: unknown): void {
    const send = this.sends.get(String(clientId))
    if (send) send.refusals += 1
  }

  /** Records what the library reported. Most of it is a fault. */
  reported(device: number, { code, message }: ChatError): void {
    this.#reports.push(`device ${device}: ${code}: ${message}`)
  }

  get reports(): readonly string[] {
    return this.#reports
  }

  watchClient(device: Watched): void {
    const { client } = device
    const touch = () => void (this.changedAt = this.#clock.now)
    client.rooms.subscribe(touch)
    client.outbox.subscribe(touch)
    let before = ''
    client.notifications.subscribe(({ unread, items }) => {
      // The client fetches these again from time to time.
      const now = `${unread} ${items?.map(({ id, read_at }) => `${id}${read_at !== null}`).join()}`
      if (now !== before) touch()
      before = now
    })
    client.session.subscribe(({ user, error }) => {
      if (user === null && error && device.isReady) {
        this.found('different', `device ${device.index} was signed out: ${error.message}`)
      }
    })
  }

  watchRoom(device: Watched, { id, view }: RoomHandle): void {
    let before = noMessages
    let outgoingBefore: RoomView['outgoing'] = []
    const look = ({ messages, outgoing, status, hasOlder, hasNewer }: RoomView) => {
      this.changedAt = this.#clock.now
      if (messages === before && outgoing === outgoingBefore) return
      this.#look(device, id, before, messages)
      if (outgoing.length + outgoingBefore.length > 0) {
        const shown = new Set(messages.map(({ client_id }) => client_id))
        const twice = outgoing.find(({ clientId }) => shown.has(clientId))
        if (twice) this.found('doubled', `device ${device.index} shows "${twice.text}" twice`)
        const ids = new Set(outgoing.map(({ clientId }) => clientId))
        const gone = outgoingBefore.find(
          ({ clientId }) =>
            !ids.has(clientId) && !shown.has(clientId) && !this.sends.get(clientId)?.isDiscarded,
        )
        // The message may be older than what is shown.
        const isBelow = hasOlder && (gone?.seq ?? 0) < (messages[0]?.seq ?? Infinity)
        if (gone && status === 'ready' && !hasNewer && !isBelow) {
          this.found('lost', `"${gone.text}" has gone from the screen of device ${device.index}`)
        }
      }
      before = messages
      outgoingBefore = outgoing
    }
    look(view.get())
    view.subscribe(look)
  }

  #look(device: Watched, roomId: number, before: Messages, now: Messages): void {
    const name = `${device.index}:${roomId}`
    const shown = this.#shown.get(name) ?? new Set()
    this.#shown.set(name, shown)
    const isLonger =
      before.length > 0 && now[0] === before[0] && now[before.length - 1] === before.at(-1)
    for (let at = isLonger ? before.length : 0; at < now.length; at++) {
      const { seq, id } = now[at]!
      const last = now[at - 1]?.seq ?? 0
      if (seq === last) this.found('doubled', `device ${name} shows ${seq} twice`)
      else if (seq < last) this.found('out of order', `device ${name} shows ${seq} after ${last}`)
      if (shown.has(seq)) continue
      shown.add(seq)
      this.deliveries += 1
      const key = `${roomId}:${seq}`
      if ((this.#ids.get(key) ?? id) !== id) this.found('different', `${key} has two ids`)
      this.#ids.set(key, id)
    }
    const [first, last] = [now[0], now.at(-1)]
    if (!first || !last) return
    const stretches = this.stretches.get(roomId) ?? new Set()
    this.stretches.set(roomId, stretches)
    stretches.add(`${first.seq} ${last.seq} ${now.length}`)
  }
}
