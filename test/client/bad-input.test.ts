/** Mistakes of a server, a clock or a storage. The client reports them, keeps its state, and sends nothing twice. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ChatError,
  type ClientOptions,
  createClient,
  memoryStorage,
  until,
} from '../../src/client/index.ts'
import { aMessage, aPage, aRoom, hello, me, onStage, Script } from './script.ts'

const user = { id: 7, username: 'ana', display_name: null, email: '', bio: '' }
/** This token is good for 15 minutes. */
const access = `x.${btoa(JSON.stringify({ iat: 1_000, exp: 1_900 }))}.x`
const signedIn = { user, access, refresh: 'r' }
const hours = 3_600_000

type Body = { client_id: string; refresh: string }
type Answer = { status?: number; text?: string; headers?: Record<string, string> }

/** Timers fire almost at once. */
const setTimer = (run: () => void, ms: number) => {
  const timer = setTimeout(run, Math.min(ms, 5))
  return () => clearTimeout(timer)
}

/** A server with given answers. It records requests, and its sockets never open. */
function serverOf(answer: (operation: string, body: Body) => unknown) {
  const asked: { operation: string; body: Body }[] = []
  const fetch: NonNullable<ClientOptions['fetch']> = async (url, { method, body }) => {
    const operation = `${method} ${new URL(url).pathname}`
    const json = body === null ? undefined : JSON.parse(body)
    asked.push({ operation, body: json })
    const given = answer(operation, json)
    const {
      status = 200,
      text = JSON.stringify(given),
      headers = {},
    } = given instanceof Response ? {} : ((given as { raw?: Answer }).raw ?? {})
    return new Response(status === 204 ? null : text, { status, headers })
  }
  class NoSocket extends EventTarget {
    constructor() {
      super()
      queueMicrotask(() => this.dispatchEvent(new Event('close')))
    }
    send() {}
    close() {}
  }
  const errors: ChatError[] = []
  const clock = { now: () => performance.now(), wall: () => Date.now(), setTimer, random: () => 0 }
  const open = (options: Partial<ClientOptions> = {}) =>
    createClient({
      url: 'http://chat.test',
      fetch,
      WebSocket: NoSocket,
      clock,
      onError: (error) => errors.push(error),
      ...options,
    })
  return { asked, errors, open }
}

const raw = (text: string, status = 200, headers = {}) => ({ raw: { text, status, headers } })
const page = aPage([])

const soon = () => ({ signal: AbortSignal.timeout(10_000) })

describe('an invalid answer of a server', () => {
  it.each([
    ['HTML', raw('<!doctype html><title>Sign in to the hotel</title>')],
    ['nothing', raw('')],
    ['half of an answer', raw(JSON.stringify(signedIn).slice(0, -5))],
    ['a list', [signedIn]],
    ['null', raw('null')],
    ['a user without an id', { ...signedIn, user: { ...user, id: null } }],
    ['a user with an id beyond all bounds', { ...signedIn, user: { ...user, id: 1e300 } }],
    ['tokens of a wrong form', { ...signedIn, access: { token: 'a' } }],
    ['a page that says that it was not found', raw('<h1>Not Found</h1>', 404)],
    ['a problem with malformed errors', raw('{"code":"x","detail":"y","errors":[null]}', 400)],
  ])('to a login, %s, is reported, and nobody is signed in', async (_name, answer) => {
    const { open, asked } = serverOf(() => answer)
    const storage = memoryStorage()
    const client = open(storage)
    await expect(client.login('ana', 'x')).rejects.toMatchObject({
      name: 'ChatError',
      code: 'bad_answer',
      message: expect.stringMatching(/not JSON|is not Quick Connect|server answered 4/),
    })
    expect(client.session.get()).toEqual({ user: null, error: null })
    expect(await storage.session.load()).toBeNull()
    expect(asked).toHaveLength(1)
    await client.close()
  })

  it.each([
    ['abc', undefined],
    ['-5', undefined],
    ['1000000000000', expect.any(Number)],
  ])('with Retry-After: %s is understood', async (value, retryAfterMs) => {
    const { open } = serverOf(() => raw('{"message":"Too Many"}', 429, { 'Retry-After': value }))
    const client = open()
    await expect(client.login('ana', 'x')).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs,
    })
    await client.close()
  })

  it('that says that the database is waking up reaches the caller', async () => {
    const problem = { title: 'x', status: 503, code: 'unavailable', detail: 'it is waking up' }
    const answer = { type: 'about:blank', ...problem, reason: 'resuming' }
    const { open } = serverOf(() => raw(JSON.stringify(answer), 503, { 'Retry-After': '5' }))
    const client = open()
    await expect(client.login('ana', 'x')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'resuming',
      retryable: true,
      retryAfterMs: 5_000,
    })
    await client.close()
  })

  it('[M3] to sends makes the client send each again with its client_id, in order', async () => {
    const nonsense = [raw('<html>'), raw('', 502), raw('{"seq":"x"}', 500), raw('gone', 503)]
    const stored: string[] = []
    const { open, asked } = serverOf((operation, body) => {
      if (operation === 'POST /api/login/') return signedIn
      if (operation === 'GET /api/users/me/') return user
      if (operation !== 'POST /api/messages/') return page
      const bad = nonsense.shift()
      // The message may have been stored all the same.
      if (!stored.includes(body.client_id)) stored.push(body.client_id)
      return bad ?? aMessage(stored.indexOf(body.client_id) + 1, { client_id: body.client_id })
    })
    const client = open()
    await client.login('ana', 'x')
    client.connect()
    const room = client.room(1)
    const sent = [room.send('one'), room.send('two')]
    await until(client.outbox, (all) => all.length === 0, soon())
    const posted = asked.filter(({ operation }) => operation === 'POST /api/messages/')
    expect(posted.map(({ body }) => body.client_id)).toEqual([
      ...Array.from({ length: 5 }, () => sent[0]),
      sent[1],
    ])
    expect(stored).toEqual(sent)
    await client.close()
  })

  it('[A3] to a refresh keeps the session, and the client tries again with the same token', async () => {
    let isSane = false
    const { open, asked } = serverOf((operation) => {
      if (operation === 'POST /api/login/') return { ...signedIn, access: 'a' }
      if (operation === 'GET /api/users/me/') return user
      return isSane ? { access: 'b', refresh: 's' } : raw('<html>')
    })
    const client = open()
    await client.login('ana', 'x')
    // The token does not show its lifetime, so it is refreshed first.
    await expect(client.request('GET /api/users/me/')).rejects.toMatchObject({ code: 'bad_answer' })
    expect(client.session.get().user).toMatchObject({ username: 'ana' })
    isSane = true
    await client.request('GET /api/users/me/')
    const refreshed = asked.filter(({ operation }) => operation.includes('refresh'))
    expect(refreshed.map(({ body }) => body.refresh)).toEqual(['r', 'r'])
    await client.close()
  })

  it('[W2] to the question why no socket opens is shown, and the client asks again', () => {
    const script = new Script().does('user', me, null).does('start').does('closed', 1, null)
    script.answers('why', { results: [] })
    expect(script.state.connection).toMatchObject({
      name: 'offline',
      error: { code: 'bad_answer' },
      retryInMs: expect.any(Number),
    })
    expect(script.timers.has('connect')).toBe(true)
  })
})

describe('frames', () => {
  const reaction = { emoji: '👍', count: 1, mine: false, first_seq: 2 }
  const head = { room_id: 1, last_seq: 9, last_read_seq: 0 }

  it.each([
    ['null', null],
    ['a list of nulls', [null, null]],
    ['a reaction of null', aMessage(3, { reactions: [null as never] })],
    ['reactions of a wrong form', aMessage(3, { reactions: 5 as never })],
    [
      'a reaction without its emoji',
      aMessage(3, { reactions: [{ ...reaction, emoji: 7 as never }] }),
    ],
    ['a text that is an object', aMessage(3, { message: { length: 1e9 } as never })],
    ['a place that is a fraction', { ...aMessage(3), seq: 3.5 }],
    ['a place beyond all bounds', { ...aMessage(3), seq: 1e300 }],
    ['heads of null', { type: 'heads', rooms: [head, null], done: true }],
    [
      'heads beyond all bounds',
      { type: 'heads', rooms: [{ ...head, last_seq: 1e300 }], done: true },
    ],
    ['a room of null', { type: 'room.added', room: null }],
    [
      'an error that waits for a word',
      { type: 'error', id: 'a', code: 'x', message: '', retry_after_ms: 'long' },
    ],
    ['a bye after a word', { type: 'bye', code: 'rotate', reconnect: true, after_ms: 'soon' }],
    ['a list of ids with null', { type: 'notifications.removed', ids: [1, null], unread: 0 }],
  ])('of a wrong form, %s, are reported and do not change the room', (_name, frame) => {
    const script = onStage(2)
    const { window, applied } = script.room()
    script.hears(frame)
    expect(script.take('report').map(({ error }) => error.code)).toContain('bad_answer')
    expect(script.room()).toMatchObject({ applied, early: [] })
    expect(script.room().window).toBe(window)
    // Later frames are applied.
    script.does('heard', 1, JSON.stringify(aMessage(3)))
    expect(script.texts()).toEqual(['text 1', 'text 2', 'text 3'])
  })

  it('of unknown types are ignored, even when they look like known ones', () => {
    const script = onStage(1)
    for (const type of ['constructor', '__proto__', 'toString', 'message.pinned', ''])
      script.hears({ type, reactions: [null] })
    expect(script.take('report')).toEqual([])
    expect(script.texts()).toEqual(['text 1'])
  })

  it('that ask for a wait of years cause a wait of an hour', () => {
    const script = onStage(0).does('send', { clientId: 'a', roomId: 1, text: 'a', replyTo: null })
    script.does('stored', 'a')
    const most = Number.MAX_SAFE_INTEGER
    script.hears({
      type: 'error',
      id: 'a',
      code: 'rate_limited',
      message: '',
      retryable: true,
      retry_after_ms: most,
    })
    script.hears({ type: 'bye', code: 'rotate', reconnect: true, after_ms: most })
    expect(script.timers.get('send:1')).toBe(hours)
    expect(script.timers.get('next')).toBe(hours)
    script.hears({ type: 'bye', code: 'of_later', reconnect: true, after_ms: most })
    expect(script.timers.get('connect')).toBe(hours)
  })

  it('with a position beyond the log cause one fetch, not one after another', () => {
    const script = onStage(2)
    const last_seq = Number.MAX_SAFE_INTEGER
    script.hears({ type: 'heads', rooms: [{ ...head, last_seq }], done: true })
    script.rings('room:1').answers('room', aRoom({ last_seq: 2 }))
    script.answers('messages', aPage([aMessage(1), aMessage(2)]))
    expect(script.room()).toMatchObject({ applied: 2, known: 2 })
    expect(script.timers.has('room:1')).toBe(false)
    expect(script.take('call').map(({ tag }) => tag.for)).toEqual(['notifications'])
  })

  it('never make the core throw, whatever their content, and later frames are applied', () => {
    const names = [
      'type',
      'room_id',
      'seq',
      'id',
      'rooms',
      'room',
      'user_id',
      'ids',
      'unread',
      'last_read_seq',
    ]
    const types = [
      'message',
      'message.edited',
      'message.deleted',
      'reaction',
      'member.joined',
      'member.left',
      'member.updated',
    ]
    const others = [
      'room.updated',
      'typing',
      'presence',
      'read',
      'notification',
      'notifications.read',
      'room.added',
      'ack',
      'error',
      'heads',
    ]
    const value = fc.oneof(
      fc.constantFrom(1, 2, 3, 7, null, 'a', Number.MAX_SAFE_INTEGER, -1, 0.5, [], [null]),
      fc.constantFrom(aRoom(), aMessage(3), head, [head], [reaction], {}),
    )
    const frame = fc
      .tuple(
        fc.constantFrom(...types, ...others),
        fc.dictionary(
          fc.constantFrom(
            ...names,
            'message_seq',
            'count',
            'first_seq',
            'reactions',
            'message',
            'emoji',
            'last_seq',
          ),
          value,
        ),
        fc.constantFrom({}, { ...aMessage(3) }, { room_id: 1, seq: 3 }),
      )
      .map(([type, fields, base]) => ({ ...base, ...fields, type }))
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const script = onStage(2)
        for (const each of frames) script.hears(each)
        for (const ms of script.timers.values()) expect(ms).toBeLessThanOrEqual(hours)
        if (!script.state.current) return
        script.hears({ type: 'room.added', room: aRoom({ id: 50 }) })
        script.hears(aMessage(1, { room_id: 50 }))
        expect(script.room(50)).toMatchObject({ applied: 1, room: { last_message: { seq: 1 } } })
      }),
      { numRuns: 300 },
    )
  })
})

describe('pages', () => {
  it('that link to themselves are not followed for ever', () => {
    const script = new Script().does('user', me, null).does('start')
    const endless = aPage([aRoom()], { next: '/api/rooms/?cursor=again' })
    script.answers('list', endless).answers('list', endless)
    expect(script.take('call').filter(({ tag }) => tag.for === 'list')).toEqual([])
    expect(script.state.listed).toBe(true)
    script.does('members', 1)
    const opened = onStage(0).does('members', 1)
    const members = aPage([{ user_id: 8, username: 'ben' }], { next: '/?cursor=again' })
    opened.answers('members', members).answers('members', members)
    expect(opened.take('call')).toEqual([])
  })

  it.each([null, [], 'x', { results: null }, { results: [null] }, { results: [{ id: '1' }] }])(
    'of a wrong form, %j, are reported, and requested again later',
    (output) => {
      const script = new Script().does('user', me, null).does('start').answers('list', output)
      expect(script.take('report')).toMatchObject([{ error: { code: 'bad_answer' } }])
      expect(script.state.rooms.size).toBe(0)
      script.rings('list').answers('list', aPage([aRoom()]))
      expect(script.state.rooms.size).toBe(1)
    },
  )

  it('of the log without new events cause a fetch of the room, and then end', () => {
    const script = onStage(2).hears(aMessage(5)).rings('room:1')
    script.answers('fill', aPage([aMessage(1), aMessage(2)]))
    script.answers('room', aRoom({ last_seq: 5 }))
    script.answers('messages', aPage([1, 2, 3, 4, 5].map((seq) => aMessage(seq))))
    expect(script.room()).toMatchObject({ applied: 5, known: 5 })
    expect(script.take('call')).toEqual([])
  })

  it('[W6] of a log that became shorter, as after a restore, are accepted', () => {
    const script = onStage(9).hears({ type: 'resync', room_id: 1, reason: 'ahead' })
    script.answers('room', aRoom({ last_seq: 2 }))
    script.answers('messages', aPage([aMessage(1), aMessage(2, { message: 'other' })]))
    expect(script.texts()).toEqual(['text 1', 'other'])
    expect(script.room()).toMatchObject({ applied: 2, known: 2, reload: false })
    script.hears(aMessage(3))
    expect(script.texts()).toEqual(['text 1', 'other', 'text 3'])
    expect(script.timers.has('room:1')).toBe(false)
    expect(script.take('call')).toEqual([])
  })
})

const send = (clientId: string) => ({ clientId, roomId: 1, text: clientId, replyTo: null })

describe('a wall clock', () => {
  it.each([5 * hours, -5 * hours])('that jumps by %i ms only changes what is requested', (jump) => {
    const script = onStage(1)
    script.rings('beat')
    script.wall += jump
    script.rings('beat')
    const expected = jump > 0 ? [{ action: 'heads', id: 'heads' }] : []
    expect(script.frames()).toEqual(expected)
    script.hears({
      type: 'heads',
      id: 'heads',
      rooms: [{ room_id: 1, last_seq: 1, last_read_seq: 0 }],
      done: true,
    })
    script.rings('beat')
    expect(script.frames()).toEqual([])
    expect(script.state.connection.name).toBe('connected')
    expect(script.texts()).toEqual(['text 1'])
  })

  it('that runs backwards between sends, or over a reload, does not change their order', () => {
    const script = onStage(0)
    script.wall = 9 * hours
    script.does('send', send('a'))
    script.wall = 1 * hours
    script.does('send', send('b'))
    const stored = script.take('store').map(({ value }) => value!)
    const again = new Script()
    again.wall = -2 * hours
    again.does('user', me, null).does('loaded', stored.toReversed()).does('send', send('c'))
    expect(again.state.outbox.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'c'])
  })
})

const sane = (operation: string) =>
  operation === 'POST /api/login/' ? signedIn : operation === 'GET /api/users/me/' ? user : page

const full = async (): Promise<never> => {
  throw new Error('the quota is exceeded')
}

describe('a storage', () => {
  it('that is full keeps a send back, says why, and sends it on a retry', async () => {
    const { open, asked, errors } = serverOf((operation, body) =>
      operation === 'POST /api/messages/'
        ? aMessage(1, { client_id: body.client_id })
        : sane(operation),
    )
    const { session, sends } = memoryStorage()
    let isFull = true
    const put: typeof sends.put = async (send) => await (isFull ? full() : sends.put(send))
    const client = open({ session, sends: { ...sends, put } })
    await client.login('ana', 'x')
    client.connect()
    const room = client.room(1)
    const clientId = room.send('one')
    const [failed] = await until(client.outbox, ([send]) => send?.status === 'failed', soon())
    expect(failed!.error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining('the quota'),
    })
    expect(errors.filter(({ code }) => code === 'storage')).toHaveLength(1)
    expect(asked.map(({ operation }) => operation)).not.toContain('POST /api/messages/')
    isFull = false
    room.retry(clientId)
    await until(client.outbox, (all) => all.length === 0, soon())
    expect(asked.filter(({ operation }) => operation === 'POST /api/messages/')).toHaveLength(1)
    await client.close()
  })

  it('[M3] that cannot delete a stored send causes a repeat with the same client_id after a reload', async () => {
    const posted: string[] = []
    const { open, errors } = serverOf((operation, body) => {
      if (operation !== 'POST /api/messages/') return sane(operation)
      posted.push(body.client_id)
      return aMessage(1, { client_id: body.client_id })
    })
    const { session, sends } = memoryStorage()
    const storage = { session, sends: { ...sends, delete: full } }
    const first = open(storage)
    await first.login('ana', 'x')
    first.connect()
    first.room(1).send('one')
    await until(first.outbox, (all) => all.length === 0, soon())
    await first.close()
    expect(errors.map(({ code, message }) => `${code}: ${message}`)).toContain(
      'storage: a message could not be deleted (the quota is exceeded)',
    )
    const second = open(storage)
    await second.restore()
    second.connect()
    await until(second.outbox, (all) => all.length === 0, soon())
    await second.close()
    expect(posted).toHaveLength(2)
    expect(new Set(posted).size).toBe(1)
  })

  it.each([
    ['that cannot be read', full],
    ['that has a value of a wrong form', async () => ({ user: null, access: 5 }) as never],
    ['that has a text', async () => 'x' as never],
  ])('%s gives no session, and a login works', async (_name, load) => {
    const { open } = serverOf(sane)
    const { session, sends } = memoryStorage()
    const client = open({ session: { ...session, load }, sends })
    expect(await client.restore()).toBeNull()
    expect(await client.login('ana', 'x')).toEqual({ id: 7, username: 'ana' })
    await client.close()
  })

  it('with invalid sends returns the valid ones', async () => {
    const { open, errors } = serverOf(sane)
    const { session, sends } = memoryStorage()
    const good = {
      userId: 7,
      clientId: 'a',
      roomId: 1,
      text: 'a',
      replyTo: null,
      order: 1,
      failed: null,
    }
    const bad = [null, 5, { ...good, text: 7 }, { ...good, roomId: 'x' }, { ...good, failed: 1 }]
    const load = async () => [...bad, good] as never
    const client = open({ session, sends: { ...sends, load } })
    await client.login('ana', 'x')
    expect(client.outbox.get()).toMatchObject([{ clientId: 'a' }])
    expect(errors).toEqual([])
    await client.close()
  })
})

it('[W3] hello after an invalid answer is sent again with the held positions', () => {
  const script = onStage(2).hears('<html>')
  script.does('closed', 1, null).rings('connect').does('opened', 2)
  expect(script.frames()).toMatchObject([{ action: 'hello', rooms: { 1: 2 } }])
  script.hears({ ...hello, rooms: 'none' })
  expect(script.state.connection.name).toBe('connecting')
})
