/**
 * Members of rooms: what they send, what each receives, and whether that was right.
 *
 * Each text is `~<sender>.<number>~xxx…`, 100 bytes. The marker is searched in the raw frame, whatever the protocol is.
 * So reading costs the same for each server. `~` occurs nowhere else in a frame.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** Callbacks of a member for what arrives. */
export interface Ears {
  readonly onFrame: (frame: Buffer) => void
  /** The server has confirmed a send. A server that confirms nothing never calls it. */
  readonly onAck: (count: number) => void
}

/** A member's socket. */
export interface Voice {
  send(text: string, number: number): void
  close(): void
  readonly isOpen: boolean
}

export type Join = (user: number, room: string, ears: Ears) => Promise<Voice>

export interface Member {
  /** From 0. The user in the database has the next number. */
  readonly index: number
  readonly room: Room
  readonly voice: Voice
  /** The codes of the received messages, in order. */
  readonly received: number[]
  /** When each send was due. */
  readonly dueAt: number[]
  /** How many of these the last send still waits for: the member's own copy, and the confirmation. */
  waitsFor: number
}

export interface Room {
  readonly name: string
  readonly members: Member[]
}

export interface Faults {
  readonly sent: number
  readonly missing: number
  readonly repeated: number
  /** Members who received the messages of their room in another order than the first member. */
  readonly otherOrder: number
  readonly notStored: number
  readonly storedTwice: number
  /** Sends that did not finish in time. */
  readonly stalled: number
  readonly closed: number
}

const tilde = 0x7e
const dot = 0x2e
const perSender = 1_000_000
const padding = 'x'.repeat(100)
const stallMs = 10_000
const drainMs = 20_000

export class Crowd {
  readonly rooms: Room[] = []
  readonly members: Member[] = []
  /** The times of deliveries during the measurement, in milliseconds. */
  latencies: number[] = []
  deliveries = 0
  sent = 0
  isMeasuring = false
  /** Decides which deliveries are timed. The default is all. */
  isTimed: (member: Member, sender: Member) => boolean = () => true
  onDelivery: (member: Member, sender: Member, number: number) => void = () => undefined
  onDone: (member: Member) => void = () => undefined
  #isOver = false
  #stalled = 0
  readonly #bySender = new Map<number, Member>()
  readonly #acks: boolean

  constructor(acks: boolean) {
    this.#acks = acks
  }

  /**
   * Opens the sockets of `size` members for each of some rooms, `atOnce` at a time. Returns the milliseconds of each.
   */
  async join(join: Join, rooms: number, size: number, atOnce = 50): Promise<number[]> {
    for (let n = 1; n <= rooms; n++) this.rooms.push({ name: `r${n}`, members: [] })
    const places = this.rooms.flatMap((room) => Array.from({ length: size }, () => room))
    const times: number[] = []
    let next = 0
    const work = async () => {
      for (;;) {
        const index = next++
        const room = places[index]
        if (!room) return
        const began = performance.now()
        let member: Member | undefined
        const voice = await join(index + 1, room.name, {
          onFrame: (frame) => member && this.#hear(member, frame),
          onAck: (count) => {
            for (let n = 0; n < count; n++) if (member) this.#got(member)
          },
        })
        member = { index, room, voice, received: [], dueAt: [], waitsFor: 0 }
        times.push(performance.now() - began)
        this.members.push(member)
        room.members.push(member)
        this.#bySender.set(index, member)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    this.members.sort((a, b) => a.index - b.index)
    return times
  }

  /** Returns the first `count` members of each room. */
  some(count: number): Member[] {
    return this.rooms.flatMap(({ members }) =>
      members.toSorted((a, b) => a.index - b.index).slice(0, count),
    )
  }

  send(member: Member, dueAt = performance.now()): void {
    if (this.#isOver) return
    const number = member.dueAt.length
    member.dueAt.push(dueAt)
    member.waitsFor = this.#acks ? 2 : 1
    this.sent++
    member.voice.send(`~${member.index}.${number}~${padding}`.slice(0, 100), number)
  }

  /** Each of these members sends its next message when the one before is done. */
  async closedLoop(senders: readonly Member[], measure: () => Promise<void>): Promise<void> {
    const silent = new Set(senders)
    this.onDone = (member) => {
      silent.delete(member)
      this.send(member)
    }
    for (const member of senders) this.send(member)
    await this.#until(() => silent.size === 0, stallMs)
    await this.#guarded(senders, measure)
  }

  /**
   * Sends this many messages per second in all, whether or not answers come. The time of a delivery counts from when
   * its message was due.
   */
  async openLoop(
    senders: readonly Member[],
    rate: number,
    measure: () => Promise<void>,
  ): Promise<void> {
    const began = performance.now()
    let count = 0
    const timer = setInterval(() => {
      for (; count < ((performance.now() - began) / 1_000) * rate; count++) {
        this.send(senders[count % senders.length]!, began + (count / rate) * 1_000)
      }
    }, 2)
    try {
      await measure()
    } finally {
      clearInterval(timer)
    }
  }

  /** Two members answer each other, so there is one message at a time. */
  async pingPong(measure: () => Promise<void>): Promise<void> {
    this.isTimed = (member, sender) => member !== sender
    this.onDelivery = (member, sender, number) => {
      if (member !== sender && number === sender.dueAt.length - 1) this.send(member)
    }
    this.send(this.members[0]!)
    await this.#guarded(this.members, measure)
  }

  /** One member sends the next message when the last member has received the one before. Only that time is kept. */
  async oneAfterAnother(measure: () => Promise<void>): Promise<void> {
    const sender = this.members[0]!
    let count = 0
    this.isTimed = () => false
    this.onDelivery = (_, of, number) => {
      if (number !== of.dueAt.length - 1 || ++count < this.members.length) return
      count = 0
      if (this.isMeasuring) this.latencies.push(performance.now() - of.dueAt[number]!)
      this.send(of)
    }
    this.send(sender)
    await this.#guarded([sender], measure)
  }

  /** Stops sending, and waits until everybody has received everything, or until it took too long. */
  async settle(): Promise<void> {
    this.#isOver = true
    const sentTo = new Map<Room, number>()
    for (const room of this.rooms) {
      sentTo.set(
        room,
        room.members.reduce((sum, { dueAt }) => sum + dueAt.length, 0),
      )
    }
    await this.#until(
      () => this.members.every(({ room, received }) => received.length >= sentTo.get(room)!),
      drainMs,
    )
    // Waits for messages that come twice.
    await sleep(200)
  }

  /** `stored` has the texts that the server has stored, by room name, in the order of its history. */
  check(stored: ReadonlyMap<string, readonly string[]>): Faults {
    let [missing, repeated, otherOrder, notStored, storedTwice] = [0, 0, 0, 0, 0]
    for (const room of this.rooms) {
      const expected = new Set(
        room.members.flatMap(({ index, dueAt }) =>
          Array.from(dueAt, (_, number) => index * perSender + number),
        ),
      )
      const [first] = room.members
      for (const { received } of room.members) {
        const known = new Set(received)
        for (const code of expected) if (!known.has(code)) missing++
        repeated += received.length - known.size
        if (received.some((code, place) => code !== first!.received[place])) otherOrder++
      }
      const codes = (stored.get(room.name) ?? []).map(toCode)
      const kept = new Set(codes)
      for (const code of expected) if (!kept.has(code)) notStored++
      storedTwice += codes.length - kept.size
    }
    const closed = this.members.filter(({ voice }) => !voice.isOpen).length
    const { sent } = this
    const stalled = this.#stalled
    return { sent, missing, repeated, otherOrder, notStored, storedTwice, stalled, closed }
  }

  /** Counts the places where the history has another message than the first member of the room received there. */
  historyDiffers(stored: ReadonlyMap<string, readonly string[]>): number {
    let places = 0
    for (const { name, members } of this.rooms) {
      const codes = (stored.get(name) ?? []).map(toCode)
      places += codes.filter((code, place) => code !== members[0]?.received[place]).length
    }
    return places
  }

  close(): void {
    for (const { voice } of this.members) voice.close()
  }

  #hear(member: Member, frame: Buffer): void {
    const now = performance.now()
    let at = frame.indexOf(tilde)
    while (at >= 0) {
      let [index, number] = [0, 0]
      for (at++; frame[at] !== dot; at++) index = index * 10 + frame[at]! - 0x30
      for (at++; frame[at] !== tilde; at++) number = number * 10 + frame[at]! - 0x30
      member.received.push(index * perSender + number)
      this.deliveries++
      const sender = this.#bySender.get(index)!
      if (this.isMeasuring && this.isTimed(member, sender)) {
        this.latencies.push(now - sender.dueAt[number]!)
      }
      this.onDelivery(member, sender, number)
      if (member === sender && number === sender.dueAt.length - 1) this.#got(member)
      at = frame.indexOf(tilde, at + 1)
    }
  }

  #got(member: Member): void {
    if (member.waitsFor > 0 && --member.waitsFor === 0) this.onDone(member)
  }

  /** Counts a send that is not done in time, and lets the next one go out. */
  async #guarded(senders: readonly Member[], measure: () => Promise<void>): Promise<void> {
    const timer = setInterval(() => {
      const now = performance.now()
      const last = senders.reduce((latest, { dueAt }) => Math.max(latest, dueAt.at(-1) ?? 0), 0)
      if (now - last < stallMs) return
      this.#stalled++
      this.send(senders[0]!)
    }, 500)
    try {
      await measure()
    } finally {
      clearInterval(timer)
    }
  }

  async #until(isSo: () => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms
    while (!isSo() && performance.now() < end) await sleep(20)
  }
}

function toCode(text: string): number {
  const found = /~(\d+)\.(\d+)~/.exec(text)
  return found ? Number(found[1]) * perSender + Number(found[2]) : -1
}
