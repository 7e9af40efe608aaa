/** The core of the client library alone: what happens, and the result. */
import { describe, expect, it } from 'vitest'
import { ChatError } from '../../src/client/index.ts'
import { aMessage, aPage, aRoom, hello, me, onStage, Script } from './script.ts'

const aSend = (clientId: string, text = clientId) => ({
  clientId,
  roomId: 1,
  text,
  replyTo: null,
})
/** The state without the clock and without the time of the last frame. */
function known({ state }: Script) {
  return { ...state, now: 0, heardAt: 0, effects: [], random: undefined }
}

const failure = (code: ChatError['code']) => new ChatError(code, code)

const aTyping = (user_id: number) => ({ type: 'typing', room_id: 1, user_id, username: '' })

const headsWith = (partner_online: unknown) => ({
  type: 'heads',
  rooms: [{ room_id: 1, last_seq: 0, last_read_seq: 0, partner_online }],
  done: true,
})

const seen = (partner_read_seq: unknown) => ({ type: 'seen', room_id: 1, partner_read_seq })
const headsWithSeen = (partner_read_seq: number | null) => ({
  ...headsWith(false),
  rooms: [{ ...headsWith(false).rooms[0], partner_read_seq }],
})

describe('the log of a room', () => {
  it('[W7] holds an event that comes too early, and fetches what is between after a moment', () => {
    const script = onStage(2)
    script.hears(aMessage(5)).hears(aMessage(4))
    expect(script.texts()).toEqual(['text 1', 'text 2'])
    expect(script.take('call')).toEqual([])
    script.rings('room:1')
    const { tag } = script.call('fill')
    expect(tag).toMatchObject({ roomId: 1, query: { after: 2 } })
    script.does('answer', tag, aPage([3, 4, 5].map((seq) => aMessage(seq))))
    expect(script.texts()).toEqual([1, 2, 3, 4, 5].map((seq) => `text ${seq}`))
    expect(script.room()).toMatchObject({ applied: 5, known: 5, early: [] })
    expect(script.timers.has('room:1')).toBe(false)
  })

  it('[W7] fetches nothing when the overtaken event arrives by itself', () => {
    const script = onStage(0).hears(aMessage(2)).hears(aMessage(1))
    expect(script.texts()).toEqual(['text 1', 'text 2'])
    expect(script.timers.has('room:1')).toBe(false)
  })

  it('[W7] shows events that come twice, late or in one frame once and in order', () => {
    const script = onStage(0)
      .hears([aMessage(1), aMessage(2), aMessage(1)])
      .hears(aMessage(3))
      .hears([aMessage(2), aMessage(3)])
    expect(script.texts()).toEqual(['text 1', 'text 2', 'text 3'])
    expect(script.room().room).toMatchObject({ unread: 3, last_seq: 3 })
  })

  it('[W7] applies to a page what arrived while it was being fetched', () => {
    const script = onStage(0)
    script.does('close', 1).does('open', 1)
    const { tag } = script.call('messages')
    const edited = { type: 'message.edited', room_id: 1, seq: 2, timestamp: '', message_seq: 1 }
    script
      .hears(aMessage(1))
      .hears({ ...edited, message_id: 101, message: 'new', edited_at: 'then' })
    // The page is from before the edit.
    script.does('answer', tag, aPage([aMessage(1)]))
    expect(script.texts()).toEqual(['new'])
  })

  it('[R2] fetches a room again when its role changes during the fetch', () => {
    const joined = { ...aMessage(1), type: 'member.joined', user_id: me.id, username: me.username }
    const updated = { ...joined, type: 'member.updated', role: 'owner', seq: 2 }
    const script = onStage(0)
      .hears({ ...joined, role: 'member' })
      .rings('room:1')
    const { tag } = script.call('room')
    script.hears(updated).does('answer', tag, aRoom({ last_seq: 1, role: 'member' }))
    script.rings('room:1').answers('room', aRoom({ last_seq: 2, role: 'owner' }))
    expect(script.room().room.role).toBe('owner')
    expect(script.timers.has('room:1')).toBe(false)
  })

  it('[W6] fetches a room again after resync, and shows nothing twice', () => {
    const script = onStage(2).hears({ type: 'resync', room_id: 1, reason: 'too_much' })
    script.answers('room', aRoom({ last_seq: 400, unread: 100 }))
    const { tag } = script.call('messages')
    script.hears(aMessage(401))
    script.does(
      'answer',
      tag,
      aPage(
        [399, 400, 401].map((seq) => aMessage(seq)),
        { previous: 'x' },
      ),
    )
    expect(script.texts()).toEqual(['text 399', 'text 400', 'text 401'])
    expect(script.room()).toMatchObject({ applied: 401, room: { unread: 100, last_seq: 401 } })
    script.hears(aMessage(402))
    expect(script.texts()?.at(-1)).toBe('text 402')
  })

  it('[W7] fetches a room again when too much of it is missing', () => {
    const script = onStage(2).hears({
      type: 'heads',
      rooms: [{ room_id: 1, last_seq: 900, last_read_seq: 0 }],
      done: true,
    })
    script.rings('room:1')
    expect(script.call('room').tag).toMatchObject({ roomId: 1 })
  })

  it('[W4] ignores an event of an unknown type, and applies later ones', () => {
    const script = onStage(1)
      .hears({ type: 'message.pinned', room_id: 1, seq: 2, timestamp: '' })
      .hears({ type: 'weather', sunny: true })
      .hears(aMessage(3))
    expect(script.texts()).toEqual(['text 1', 'text 3'])
    expect(script.take('report')).toEqual([])
  })

  it('[M8] fetches the unread count only when events do not give it', () => {
    const script = onStage(0).does('close', 1)
    script
      .hears(aMessage(1))
      .hears(aMessage(2))
      .hears(aMessage(3, { user_id: me.id }))
    expect(script.room().room.unread).toBe(2)
    expect(script.timers.has('room:1')).toBe(false)
    script.hears({
      type: 'message.deleted',
      room_id: 1,
      seq: 4,
      timestamp: '',
      message_seq: 1,
      message_id: 1,
      deleted_at: '',
    })
    script.rings('room:1').answers('room', aRoom({ last_seq: 4, unread: 1 }))
    expect(script.room().room.unread).toBe(1)
  })

  it('[M8] fetches the unread count when a message was deleted while the list was being fetched', () => {
    const script = onStage(0).does('close', 1).hears(aMessage(1)).hears(aMessage(2))
    script.hears({
      type: 'heads',
      rooms: [
        { room_id: 1, last_seq: 2, last_read_seq: 0 },
        { room_id: 2, last_seq: 1, last_read_seq: 0 },
      ],
      done: true,
    })
    const { tag } = script.call('list')
    script.hears({
      type: 'message.deleted',
      room_id: 1,
      seq: 3,
      timestamp: '',
      message_seq: 1,
      message_id: 1,
      deleted_at: '',
    })
    // The list is from before that.
    script.does('answer', tag, aPage([aRoom({ last_seq: 2, unread: 2 })]))
    script.rings('room:1').answers('room', aRoom({ last_seq: 3, unread: 1 }))
    expect(script.room().room.unread).toBe(1)
  })

  it('[M8] sends a marker again that the server could not store', () => {
    const script = onStage(2).hears(aMessage(3)).does('read', 1, null)
    script.take('frame')
    script.rings('read:1')
    const frame = { action: 'read', id: 1, room_id: 1, seq: 3 }
    expect(script.frames()).toEqual([frame])
    script.effects = []
    const refusal = { type: 'error', id: 1, message: '', retryable: true }
    script.hears({ ...refusal, code: 'unavailable' })
    script.rings('read:1')
    expect(script.frames()).toEqual([frame])
    script.hears({ ...refusal, code: 'rate_limited', retry_after_ms: 30_000 })
    expect(script.timers.get('read:1')).toBe(30_000)
    expect(script.effects).toEqual([])
    script.hears({ ...refusal, code: 'not_found', retryable: false })
    expect(script.effects).toMatchObject([{ do: 'report', error: { code: 'not_found' } }])
    script.hears({ type: 'read', room_id: 1, last_read_seq: 3, unread: 0 }).rings('read:1')
    expect(script.frames()).toEqual([])
  })

  it('keeps its bounds on held messages and early events', () => {
    const script = onStage(0)
    script.hears(Array.from({ length: 1_500 }, (_, at) => aMessage(at + 1)))
    expect(script.texts()!.length).toBeLessThanOrEqual(1_000)
    expect(script.texts()!.at(-1)).toBe('text 1500')
    for (let seq = 1_600; seq < 2_600; seq++) script.hears(aMessage(seq))
    expect(script.room().early.length).toBeLessThanOrEqual(300)
  })

  it('[W4] ends typing by itself, and with a message', () => {
    const script = onStage(0).hears({ type: 'typing', room_id: 1, user_id: 8, username: 'ben' })
    expect(script.room().typing).toMatchObject([{ username: 'ben' }])
    script.rings('typing')
    expect(script.room().typing).toEqual([])
    script.hears({ type: 'typing', room_id: 1, user_id: 8, username: 'ben' }).hears(aMessage(1))
    expect(script.room().typing).toEqual([])
  })

  it('[W4] ends the typing of one user while another continues', () => {
    const script = onStage(0).hears(aTyping(8))
    for (let n = 0; n < 3; n++) {
      script.now += 2_500
      script.hears(aTyping(9))
    }
    expect(script.room().typing).toMatchObject([{ userId: 9 }])
    script.rings('typing')
    expect(script.room().typing).toEqual([])
  })

  it('[W11] shows by heads and presence whether a partner is online', () => {
    const partner = { id: 8, username: 'ben', display_name: null, online: true, read_seq: null }
    const script = onStage(0).hears({
      type: 'room.added',
      room: aRoom({ kind: 'direct', partner }),
    })
    const isOnline = () => script.room().room.partner?.online
    script.hears(headsWith(undefined))
    expect(isOnline()).toBe(true)
    script.hears(headsWith(false))
    expect(isOnline()).toBe(false)
    script.hears({ type: 'presence', user_id: 8, username: 'ben', online: true })
    expect(isOnline()).toBe(true)
    const before = script.room().room
    script.hears(headsWith('no'))
    script.hears(headsWith(true))
    expect(script.room().room).toBe(before)
  })

  it('[M9] shows how far a partner has read: only forward, until it is no longer shown', () => {
    const partner = { id: 8, username: 'ben', display_name: null, online: true, read_seq: 3 }
    const told = aRoom({ kind: 'direct', partner })
    const script = onStage(0).hears({ type: 'room.added', room: told })
    const readSeq = () => script.room().room.partner?.read_seq
    script.hears(seen(5)).hears(seen(4))
    expect(readSeq()).toBe(5)
    // What was created before the frame arrives after it.
    script.hears({ type: 'room.added', room: told })
    expect(readSeq()).toBe(5)
    script.hears({ type: 'presence', user_id: 8, username: 'ben', online: false })
    expect(readSeq()).toBe(5)
    script.does('heard', 1, JSON.stringify(seen('6')))
    expect(readSeq()).toBe(5)
    script.hears(headsWithSeen(7))
    expect(readSeq()).toBe(7)
    script.hears(headsWithSeen(null))
    expect(readSeq()).toBe(null)
    script.hears(headsWithSeen(7))
    script.hears({ type: 'room.added', room: { ...told, partner: { ...partner, read_seq: null } } })
    expect(readSeq()).toBe(null)
    script.hears({ ...seen(9), room_id: 99 })
    expect(readSeq()).toBe(null)
  })
})

describe('bad input', () => {
  it.each([
    ['text that is not JSON', '<html>Sign in to the hotel'],
    ['bytes', new Uint8Array(3)],
    ['a number', '5'],
    ['an object without a type', '{"room_id":1}'],
    ['an event without its fields', JSON.stringify({ type: 'member.joined', role: 'owner' })],
    ['an ack of nothing', JSON.stringify({ type: 'ack', id: 'x' })],
    ['a list of rooms of a wrong form', JSON.stringify({ type: 'heads', rooms: [{}], done: true })],
    ['a room of a wrong form', JSON.stringify({ type: 'room.added', room: { id: 'x' } })],
  ])('of a socket, %s, is reported and changes nothing', (_name, data) => {
    const script = onStage(2)
    const before = known(script)
    script.does('heard', 1, data)
    expect(known(script)).toEqual(before)
    expect(script.effects).toMatchObject([{ do: 'report', error: { code: 'bad_answer' } }])
  })

  it('is read from the log when it has a position there', () => {
    const script = onStage(2).hears({ ...aMessage(3), id: 'three' })
    expect(script.texts()).toEqual(['text 1', 'text 2'])
    script.rings('room:1').answers('fill', aPage([aMessage(3)]))
    expect(script.texts()).toEqual(['text 1', 'text 2', 'text 3'])
  })

  it.each(['<html>', { results: 'none' }, { results: [{ seq: 'x' }] }, null, []])(
    'of an answer, %j, is reported, changes nothing, and is requested again later',
    (output) => {
      const script = onStage(2).hears(aMessage(5)).rings('room:1')
      const { rooms } = script.state
      script.answers('fill', output)
      expect(script.take('report')).toMatchObject([{ error: { code: 'bad_answer' } }])
      expect(script.texts()).toEqual(['text 1', 'text 2'])
      expect(script.room().applied).toBe(rooms.get(1)!.applied)
      script.rings('room:1').answers('fill', aPage([3, 4, 5].map((seq) => aMessage(seq))))
      expect(script.room().applied).toBe(5)
    },
  )
})

describe('sends', () => {
  it('[W5] are stored before the first try, and sent one after another', () => {
    const script = onStage(0).does('send', aSend('a')).does('send', aSend('b'))
    expect(script.take('store')).toMatchObject([{ clientId: 'a' }, { clientId: 'b' }])
    expect(script.frames()).toEqual([])
    // The second one is stored first.
    script.does('stored', 'b')
    expect(script.frames()).toEqual([])
    script.does('stored', 'a')
    expect(script.frames()).toMatchObject([{ action: 'sendmessage', client_id: 'a', room_id: 1 }])
    script.hears({ type: 'ack', id: 'a', room_id: 1, seq: 1 })
    expect(script.frames()).toMatchObject([{ client_id: 'b' }])
    expect(script.take('store')).toEqual([{ do: 'store', clientId: 'a', value: null }])
  })

  it('[W5] are settled by their event as by an ack, and stay until it is applied', () => {
    const script = onStage(0).does('send', aSend('a')).does('stored', 'a')
    script.hears({ type: 'ack', id: 'a', room_id: 1, seq: 1 })
    expect(script.state.outbox).toMatchObject([{ status: 'sent', seq: 1 }])
    script.hears(aMessage(1, { user_id: me.id, client_id: 'a' }))
    expect(script.state.outbox).toEqual([])
    script.does('send', aSend('b')).does('stored', 'b')
    script.hears(aMessage(2, { user_id: me.id, client_id: 'b' }))
    expect(script.state.outbox).toEqual([])
    // A message of another user with the same client_id is a different message.
    script
      .does('send', aSend('c'))
      .does('stored', 'c')
      .hears(aMessage(3, { client_id: 'c' }))
    expect(script.state.outbox).toMatchObject([{ clientId: 'c', status: 'sending' }])
  })

  it('[W5] are sent again with the same client_id when no ack comes, and when the socket is lost', () => {
    const script = onStage(0).does('send', aSend('a')).does('stored', 'a')
    script.frames()
    script.rings('ack:1')
    expect(script.frames()).toMatchObject([{ action: 'heads' }])
    script.rings('send:1')
    expect(script.frames()).toMatchObject([{ action: 'sendmessage', client_id: 'a' }])
    script.does('closed', 1, null).rings('connect').does('opened', 2)
    expect(script.frames()).toMatchObject([{ action: 'hello' }])
    script.hears({ ...hello, rooms: [] })
    expect(script.frames()).toMatchObject([{ action: 'sendmessage', client_id: 'a' }])
  })

  it('stop alone when they are refused, and can be retried and taken back', () => {
    const script = onStage(0)
      .does('send', aSend('a'))
      .does('stored', 'a')
      .does('send', aSend('b'))
      .does('stored', 'b')
    script.frames()
    script.hears({
      type: 'error',
      id: 'a',
      code: 'forbidden',
      message: 'join first',
      retryable: false,
    })
    expect(script.state.outbox).toMatchObject([
      { clientId: 'a', status: 'failed', error: { code: 'forbidden', message: 'join first' } },
      { clientId: 'b', status: 'sending' },
    ])
    expect(script.frames()).toMatchObject([{ client_id: 'b' }])
    script.does('retry', 'a')
    expect(script.state.outbox.map(({ clientId }) => clientId)).toEqual(['b', 'a'])
    script.does('discard', 'b')
    expect(script.state.outbox).toHaveLength(2)
    script.does('discard', 'a')
    expect(script.state.outbox).toHaveLength(1)
  })

  it('wait in order when they are too many', () => {
    const script = onStage(0)
      .does('send', aSend('a'))
      .does('stored', 'a')
      .does('send', aSend('b'))
      .does('stored', 'b')
    script.frames()
    script.hears({
      type: 'error',
      id: 'a',
      code: 'rate_limited',
      message: '',
      retryable: true,
      retry_after_ms: 30_000,
    })
    expect(script.timers.get('send:1')).toBe(30_000)
    expect(script.frames()).toEqual([])
    const error = { code: 'rate_limited', retryAfterMs: 30_000 }
    expect(script.state.outbox).toMatchObject([{ status: 'waiting', error }, { error: null }])
    script.rings('send:1')
    expect(script.frames()).toMatchObject([{ client_id: 'a' }])
    expect(script.state.outbox[0]).toMatchObject({ status: 'sending', error: null })
  })

  it('that make the server fail repeatedly do not hold back later ones', () => {
    const script = onStage(0)
      .does('send', aSend('a'))
      .does('stored', 'a')
      .does('send', aSend('b'))
      .does('stored', 'b')
    for (let tries = 1; tries <= 5; tries++) {
      expect(script.frames()).toMatchObject([{ client_id: 'a' }])
      script.hears({ type: 'error', id: 'a', code: 'internal', message: '', retryable: true })
      if (tries < 5) script.rings('send:1')
    }
    expect(script.frames()).toMatchObject([{ client_id: 'b' }])
  })

  it('that the storage refuses fail, and are not sent', () => {
    const script = onStage(0).does('send', aSend('a'))
    script.does('stored', 'a', failure('storage'))
    expect(script.state.outbox).toMatchObject([{ status: 'failed', error: { code: 'storage' } }])
    expect(script.frames()).toEqual([])
    script.take('store')
    script.does('retry', 'a')
    expect(script.take('store')).toMatchObject([{ clientId: 'a', value: { failed: null } }])
    script.does('stored', 'a')
    expect(script.frames()).toMatchObject([{ client_id: 'a' }])
  })

  it('[M1] that do not fit a frame are sent over HTTP', () => {
    const script = onStage(0)
      .does('send', aSend('a', '€'.repeat(4_000) + '"'.repeat(4_000)))
      .does('stored', 'a')
    expect(script.frames()).toEqual([])
    script.answers('send', aMessage(1, { client_id: 'a', user_id: me.id }))
    expect(script.state.outbox).toMatchObject([{ status: 'sent', seq: 1 }])
  })

  it('of another user in the same storage are left alone', () => {
    const stored = { ...aSend('a'), order: 1, userId: 99, failed: null }
    const script = onStage(0).does('loaded', [stored, { ...stored, userId: me.id, clientId: 'b' }])
    expect(script.state.outbox).toMatchObject([{ clientId: 'b' }])
  })
})

describe('the connection', () => {
  it('[W3, W6] says hello with the positions of the open rooms', () => {
    const script = onStage(3).does('closed', 1, null).rings('connect').does('opened', 2)
    expect(script.frames()).toMatchObject([{ action: 'hello', rooms: { 1: 3 } }])
  })

  it('[W3] sends heads 5 s after a hello, and every 5 minutes after an answer', () => {
    const script = onStage(0)
    expect(script.timers.get('heads')).toBe(5_000)
    script.rings('heads')
    expect(script.frames()).toEqual([{ action: 'heads', id: 'heads' }])
    script.hears({
      type: 'heads',
      id: 'heads',
      rooms: [{ room_id: 1, last_seq: 0, last_read_seq: 0 }],
      done: true,
    })
    expect(script.timers.get('heads')).toBe(300_000)
    expect(script.timers.has('answer')).toBe(false)
  })

  it('[W8] opens the next socket before it closes the old one', () => {
    const script = onStage(1)
      .hears({ type: 'bye', code: 'rotate', reconnect: true, after_ms: 0 })
      .rings('next')
    expect(script.take('open')).toEqual([{ do: 'open', socket: 2 }])
    expect(script.take('close')).toEqual([])
    // The client listens to both sockets.
    script.hears(aMessage(2), 1).does('opened', 2)
    expect(script.frames()).toMatchObject([{ action: 'hello', rooms: { 1: 2 } }])
    expect(script.state.connection.name).toBe('connected')
    script.hears({ ...hello, rooms: [{ room_id: 1, last_seq: 2, last_read_seq: 0 }] }, 2)
    expect(script.take('close')).toEqual([{ do: 'close', socket: 1 }])
    expect(script.state.connection.name).toBe('connected')
    expect(script.take('call')).toEqual([])
  })

  it('[W8] keeps the old socket when the next one does not open, and tries again', () => {
    const script = onStage(0)
      .hears({ type: 'bye', code: 'rotate', reconnect: true, after_ms: 0 })
      .rings('next')
    script.does('closed', 2, null)
    expect(script.state.current).toMatchObject({ id: 1, isReady: true })
    script.rings('next')
    expect(script.take('open')).toMatchObject([{ socket: 2 }, { socket: 3 }])
  })

  it('[W5, W8] opens another socket when its hello got no answer', () => {
    const refusal = {
      type: 'error',
      id: 'hello',
      code: 'unavailable',
      message: '',
      retryable: true,
    }
    const script = onStage(0).does('closed', 1, null).rings('connect').does('opened', 2)
    expect(script.frames()).toMatchObject([{ action: 'hello', id: 'hello' }])
    script.take('close')
    script.hears(refusal, 2)
    expect(script.take('close')).toEqual([{ do: 'close', socket: 2 }])
    script.answers('why', me).rings('connect')
    expect(script.take('open').at(-1)).toEqual({ do: 'open', socket: 3 })
    // The next socket fails, too. The present one stays.
    script.does('opened', 3).hears({ ...hello, rooms: [] }, 3)
    script.hears({ type: 'bye', code: 'rotate', reconnect: true, after_ms: 0 }, 3).rings('next')
    script.does('opened', 4).hears(refusal, 4)
    expect(script.take('close')).toEqual([{ do: 'close', socket: 4 }])
    expect(script.state.connection.name).toBe('connected')
    script.rings('next')
    expect(script.take('open').at(-1)).toEqual({ do: 'open', socket: 5 })
    // A `bye` reports what another socket cannot change.
    script.does('opened', 5).hears({ ...refusal, code: 'session_revoked', retryable: false }, 5)
    expect(script.take('close')).toEqual([])
  })

  it('[W8] backs off at random, from 0.25 to 25 s', () => {
    const script = onStage(0)
    const waits: number[] = []
    for (const chance of [0, 0.999, 0.999, 0.999, 0.999, 0.999, 0.999, 0.999, 0]) {
      script.chance = chance
      script.does('closed', script.state.sockets, null)
      if (waits.length > 0) script.answers('why', me)
      waits.push(script.timers.get('connect')!)
      script.rings('connect')
    }
    expect(Math.min(...waits)).toBe(250)
    expect(Math.max(...waits)).toBeGreaterThan(24_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(25_000)
  })

  it('[W2] asks over HTTP why an upgrade was refused, and stops for a suspended user', () => {
    const script = new Script().does('user', me, null).does('start')
    script.does('closed', 1, null)
    const { tag } = script.call('why')
    script.does('refusal', tag, failure('forbidden'))
    expect(script.state.connection).toMatchObject({
      name: 'offline',
      retryInMs: null,
      error: { code: 'forbidden' },
    })
    expect(script.timers.has('connect')).toBe(false)
  })

  it('replaces a socket that stays silent, but not one that is only slow', () => {
    const script = onStage(0)
    script.now = 1_000
    script.does('wake')
    expect(script.timers.get('answer')).toBe(5_000)
    script.now = 2_000
    script.hears(aMessage(1)).rings('answer')
    expect(script.take('close')).toEqual([])
    script.rings('answer')
    expect(script.take('close')).toEqual([{ do: 'close', socket: 1 }])
  })

  it('[W4] obeys bye: ends the session, stays away, or connects again', () => {
    const ended = onStage(0).hears({
      type: 'bye',
      code: 'session_revoked',
      reconnect: false,
      after_ms: 0,
    })
    expect(ended.take('end')).toMatchObject([{ error: { code: 'session_revoked' } }])
    expect(ended.timers.has('connect')).toBe(false)
    const suspended = onStage(0).hears({
      type: 'bye',
      code: 'suspended',
      reconnect: false,
      after_ms: 0,
    })
    expect(suspended.take('end')).toEqual([])
    expect(suspended.state.connection).toMatchObject({
      name: 'offline',
      error: { code: 'forbidden' },
    })
    const unknown = onStage(0).hears({
      type: 'bye',
      code: 'of_later',
      reconnect: true,
      after_ms: 9_000,
    })
    expect(unknown.timers.get('connect')).toBe(9_000)
  })

  it('finds new and removed rooms by heads', () => {
    const script = onStage(0).hears({
      type: 'heads',
      rooms: [{ room_id: 2, last_seq: 4, last_read_seq: 0 }],
      done: true,
    })
    script.answers('list', aPage([aRoom({ id: 2, last_seq: 4 })]))
    expect([...script.state.rooms.keys()]).toEqual([2])
  })

  it('keeps a room that was added while the list was being fetched', () => {
    const script = new Script().does('user', me, null).does('start')
    const { tag } = script.call('list')
    script.does('opened', 1).hears({ type: 'room.added', room: aRoom({ id: 2 }) })
    script.does('answer', tag, aPage([aRoom()]))
    expect([...script.state.rooms.keys()].toSorted()).toEqual([1, 2])
  })

  it('finds events between the answer with a new room and its push in 5 s', () => {
    const script = onStage(0).hears(aMessage(1, { room_id: 2 }))
    script.hears(aMessage(2, { room_id: 2 }))
    script.answers('room', aRoom({ id: 2, last_seq: 1 }))
    expect(script.timers.get('heads')).toBe(5_000)
  })

  describe('[A6] a chat that became hidden or visible, when the frame was lost', () => {
    const chat = aRoom({ id: 2, kind: 'direct' })
    const shown = () => onStage(0).hears({ type: 'room.added', room: chat })

    it('leaves or enters the list with the next heads', () => {
      const script = shown()
      expect(asksForList(script, true)).toBe(true)
      script.answers('list', aPage([aRoom()]))
      expect([...script.state.rooms.keys()]).toEqual([1])
      expect(asksForList(script)).toBe(true)
      script.answers('list', aPage([chat, aRoom()]))
      expect([...script.state.rooms.keys()].toSorted()).toEqual([1, 2])
    })

    it('costs no fetch of the list when it matches heads', () => {
      expect(asksForList(onStage(0), true)).toBe(false)
      expect(asksForList(shown())).toBe(false)
    })
  })

  it('[A6] a hidden chat that is opened by its address stays out of the list', () => {
    const partner = { id: 8, username: 'ben', display_name: null, online: false, read_seq: null }
    const chat = aRoom({ id: 2, kind: 'direct', partner })
    const script = onStage(0).does('open', 2).answers('room', chat)
    const isHidden = () => script.state.unlisted.has(2)
    expect(isHidden()).toBe(true)
    script.answers('list', aPage([aRoom()]))
    expect(script.state.opened.get(2)).toBe(null)
    expect(script.state.rooms.has(2) && isHidden()).toBe(true)
    script.hears({ type: 'room.added', room: chat })
    expect(script.state.rooms.has(2) && !isHidden()).toBe(true)
  })
})

describe('a room that is fetched again', () => {
  it('[W6] has no hole before later events, and keeps its own sends', () => {
    const script = onStage(2).does('send', aSend('mine')).does('stored', 'mine')
    script.hears({ type: 'resync', room_id: 1, reason: 'too_many' })
    const gap = 400
    script.answers('room', aRoom({ last_seq: gap }))
    const mine = { user_id: me.id, client_id: 'mine', message: 'mine' }
    script.hears(aMessage(gap + 1, mine))
    expect(script.texts()).toEqual(['text 1', 'text 2'])
    expect(script.state.outbox).toMatchObject([{ clientId: 'mine', status: 'sent' }])
    script.answers('messages', aPage([aMessage(gap)], { previous: '/' }))
    expect(script.texts()).toEqual(['text 400', 'mine'])
    expect(script.state.outbox).toEqual([])
  })
})

describe('the read marker', () => {
  it('[M8] reaches the server when the notify setting changes at the same time', () => {
    const script = onStage(3).does('read', 1, 2).does('notify', 1, 'none').rings('read:1')
    expect(script.room().room).toMatchObject({ notify: 'none', last_read_seq: 2 })
    expect(script.frames()).toEqual([{ action: 'read', id: 1, room_id: 1, seq: 2 }])
  })
})

/** Receives the heads of two rooms. Returns whether the client then fetches the list of rooms. */
const asksForList = (script: Script, hidden?: true) => {
  script.take('call')
  script.hears({
    type: 'heads',
    rooms: [
      { room_id: 1, last_seq: 0, last_read_seq: 0 },
      { room_id: 2, last_seq: 0, last_read_seq: 0, ...(hidden && { hidden }) },
    ],
    done: true,
  })
  return script.effects.some((effect) => effect.do === 'call' && effect.tag.for === 'list')
}

const asked = (script: Script) => script.take('call').map(({ tag }) => tag.for)

describe('notifications', () => {
  it('[N1] are fetched again with each heads, because a push may have been lost', () => {
    const script = onStage(0)
    const heads = {
      type: 'heads',
      rooms: [{ room_id: 1, last_seq: 0, last_read_seq: 0 }],
      done: true,
    }
    script.hears(heads).answers('notifications', aPage([], { unread: 0 }))
    script.hears(heads).answers('notifications', aPage([], { unread: 0 }))
  })

  it('[N1] of a room are fetched again when the user leaves it, and when they come back', () => {
    const script = onStage(0)
    script.hears({ type: 'room.removed', room_id: 1 })
    expect(asked(script)).toEqual([])
    script.hears({ type: 'room.added', room: aRoom() })
    const unread = { id: 5, room_id: 1, message_seq: 3, read_at: null }
    script.answers('notifications', aPage([unread], { unread: 1 }))
    script.hears({ type: 'room.removed', room_id: 1 })
    script.answers('notifications', aPage([], { unread: 0 }))
    expect(script.state.notifications).toMatchObject({ items: [], unread: 0 })
  })
})
