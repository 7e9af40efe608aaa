import { type CoreState, makeState } from '../../src/client/core/state.ts'
import * as link from '../../src/client/core/link.ts'
import * as outbox from '../../src/client/core/outbox.ts'
import * as rooms from '../../src/client/core/rooms.ts'
import * as core from '../../src/client/core/step.ts'
import type { Effect, RequestTag, Turn } from '../../src/client/core/turn.ts'
import type { Message, Room } from '../../src/client/wire.ts'

type Of<Do extends Effect['do']> = Extract<Effect, { do: Do }>

/** Everything that can happen, by short names. */
const happenings = {
  user: core.changeUser,
  start: link.startLink,
  stop: link.stop,
  wake: link.wake,
  opened: link.opened,
  closed: link.closed,
  heard: core.hear,
  timer: core.ring,
  answer: core.answer,
  refusal: core.refuse,
  open: rooms.openRoom,
  close: rooms.closeRoom,
  more: rooms.askMore,
  members: rooms.askMembers,
  read: rooms.markRead,
  send: outbox.addSend,
  retry: outbox.retry,
  discard: outbox.discard,
  stored: outbox.stored,
  loaded: outbox.loadSends,
  notify: core.putNotify,
}
type Happenings = typeof happenings
type Rest<F> = F extends (turn: Turn, ...rest: infer R) => void ? R : never
type Input = { [Name in keyof Happenings]: [Name, ...Rest<Happenings[Name]>] }[keyof Happenings]

/** The core on a stage: a test says what happens, and checks the result. The test also sets the time. */
export class Script {
  state: CoreState = makeState()
  now = 0
  wall = 0
  chance = 0.5
  /** The effects that the core has asked for and that no test has taken yet. */
  effects: Effect[] = []
  readonly timers = new Map<string, number>()

  does(...[name, ...rest]: Input): this {
    const happen = happenings[name] as (turn: Turn, ...rest: unknown[]) => void
    const clock = { now: this.now, wall: this.wall, random: () => this.chance }
    const turn = core.step(this.state, (each) => happen(each, ...rest), clock)
    this.state = turn
    for (const effect of turn.effects) {
      if (effect.do !== 'timer') this.effects.push(effect)
      else if (effect.ms === null) this.timers.delete(effect.name)
      else this.timers.set(effect.name, effect.ms)
    }
    return this
  }

  /** Returns the effects of a kind since the last call. */
  take<Do extends Effect['do']>(kind: Do): Of<Do>[] {
    const taken = this.effects.filter((effect): effect is Of<Do> => effect.do === kind)
    this.effects = this.effects.filter((effect) => effect.do !== kind)
    return taken
  }

  frames = () => this.take('frame').map(({ frame }) => frame)

  /** Returns the call for something. Throws when there is none. */
  call(what: RequestTag['for']): Of<'call'> {
    const at = this.effects.findIndex((effect) => effect.do === 'call' && effect.tag.for === what)
    if (at < 0) throw new Error(`nothing asked for ${what}: ${JSON.stringify(this.effects)}`)
    return this.effects.splice(at, 1)[0] as Of<'call'>
  }

  answers(what: RequestTag['for'], output: unknown): this {
    return this.does('answer', this.call(what).tag, output)
  }

  hears(frame: unknown, socket = this.state.current?.id ?? 0): this {
    return this.does('heard', socket, JSON.stringify(frame))
  }

  /** Lets the time of a timer pass. The timer must be set. */
  rings(name: string): this {
    const ms = this.timers.get(name)
    if (ms === undefined) throw new Error(`no timer ${name}: ${[...this.timers.keys()].join(', ')}`)
    this.timers.delete(name)
    this.now += ms
    return this.does('timer', name)
  }

  room = (id = 1) => this.state.rooms.get(id)!
  texts = (id = 1) => this.room(id).window?.messages.map(({ message }) => message)
}

export const me = { id: 7, username: 'ana' }

export function aRoom(more: Partial<Room> = {}): Room {
  return {
    id: 1,
    name: 'tea',
    title: 'Tea',
    description: '',
    kind: 'public',
    created_at: '2026-01-01T00:00:00.000Z',
    created_by: 'ben',
    created_by_display_name: null,
    last_seq: 0,
    last_event_at: '2026-01-01T00:00:00.000Z',
    last_message: null,
    archived_at: null,
    text_max: 4_000,
    send_limit: null,
    member_count: 2,
    role: 'member',
    last_read_seq: 0,
    unread: 0,
    notify: 'mentions',
    partner: null,
    ...more,
  }
}

export function aMessage(seq: number, more: Partial<Message> = {}): Message & { type: 'message' } {
  return {
    type: 'message',
    id: 100 + seq,
    room_id: 1,
    seq,
    user_id: 8,
    username: 'ben',
    display_name: null,
    message: `text ${seq}`,
    client_id: null,
    reply_to: null,
    timestamp: '2026-01-01T00:00:00.000Z',
    edited_at: null,
    deleted_at: null,
    reactions: [],
    ...more,
  }
}

export const aPage = (results: readonly unknown[], more: object = {}) => ({
  results,
  next: null,
  previous: null,
  ...more,
})

export const hello = { type: 'hello', connection_id: 'c', user: me, server_time: '', done: true }

/** The core is connected, with one open room that holds `last` messages. */
export function onStage(last = 0): Script {
  const messages = Array.from({ length: last }, (_, at) => aMessage(at + 1))
  const room = aRoom({ last_seq: last, unread: last })
  const script = new Script()
    .does('user', me, null)
    .does('start')
    .answers('list', aPage([room]))
    .answers('notifications', aPage([], { unread: 0 }))
    .does('open', 1)
    .answers('messages', aPage(messages))
    .does('opened', 1)
    .hears({ ...hello, rooms: [{ room_id: 1, last_seq: last, last_read_seq: 0 }] })
    // The list comes once more, because it may have changed until the hello.
    .answers('list', aPage([room]))
    .answers('notifications', aPage([], { unread: 0 }))
  script.effects = []
  return script
}
