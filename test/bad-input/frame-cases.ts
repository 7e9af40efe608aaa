import type { WebSocket } from 'ws'
import { frameInMaxBytes, helloMaxRooms } from '../../src/protocol/limits.ts'
import type { FrameCase } from './frame-case.ts'
import type { World } from './world.ts'

const bad = (says = '') => ({ error: 'bad_request', says }) as const
const notJson = bad('this is not valid JSON')
const tooLarge = { error: 'too_large' } as const
const text = 'a text that is not stored'
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const kilobytes = (n: number) => n * 1024

/** Sends a message of the gateway's size in frames that each fit. */
function sendInParts(text: string): (ws: WebSocket) => void {
  return (ws) => {
    const size = kilobytes(30)
    for (let at = 0; at < text.length; at += size) {
      ws.send(text.slice(at, at + size), { fin: at + size >= text.length })
    }
  }
}

const forms: readonly FrameCase[] = [
  ...['', '{', 'hello', '{"message":"hi"', "{'a':1}", 'undefined', '\0'].map((frame) => ({
    name: `[W10] refuses the frame ${JSON.stringify(frame)}`,
    frame,
    answer: notJson,
  })),
  ...['[]', '[{"action":"heads"}]', '42', 'null', '"heads"', 'true'].map((frame) => ({
    name: `[W10] refuses the frame ${frame}`,
    frame,
    answer: bad('must be a JSON object'),
  })),
  { name: '[W10] refuses an empty object', frame: {}, answer: bad('action') },
  {
    name: '[W10] refuses a text without an action for all rooms',
    frame: { message: text },
    answer: bad('room_id'),
  },
  {
    name: '[W10] tells a simple client what is wrong with its text',
    on: 'simple',
    frame: { message: ['a list'] },
    answer: bad('message must be text'),
  },
  {
    name: '[W10] tells a simple client that it sends no JSON',
    on: 'simple',
    frame: 'hello',
    answer: notJson,
  },
  {
    name: '[W10] refuses a simple client a text of white space',
    on: 'simple',
    frame: { message: ' \n ' },
    answer: bad('message'),
  },
  {
    name: '[W10] reads no action from a __proto__',
    frame: '{"__proto__":{"action":"heads"}}',
    answer: bad('action'),
  },
]

const actions: readonly FrameCase[] = [
  'nonsense',
  '',
  'SENDMESSAGE',
  ' sendmessage',
  'sendmessage\0',
  '$connect',
  '$disconnect',
  '$default',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "heads'; drop table users; --",
  'a'.repeat(10_000),
  null,
  true,
  42,
  [],
  ['sendmessage'],
  {},
  { action: 'sendmessage' },
].map((action) => ({
  name: `[W10] refuses the action ${JSON.stringify(action).slice(0, 40)}`,
  frame: { action, room_id: 1, message: text },
  answer: bad('action'),
}))

const sizes: readonly FrameCase[] = [
  {
    name: '[W3] reads a frame of 16 KB',
    frame: '{"action":"nonsense"}'.padEnd(frameInMaxBytes),
    answer: bad('action'),
  },
  {
    name: '[W3] refuses a frame over 16 KB',
    frame: '{"action":"heads"}'.padEnd(frameInMaxBytes + 1),
    answer: tooLarge,
  },
  {
    name: '[W3] counts bytes, not characters',
    frame: `{"action":"sendmessage","room_id":1,"message":"${'😀'.repeat(4_090)}"}`,
    answer: tooLarge,
  },
  {
    name: '[W3] refuses a message of 100 KB in frames of 30',
    sendBy: sendInParts('{"action":"heads"}'.padEnd(kilobytes(100))),
    answer: tooLarge,
  },
  {
    name: '[W10] refuses an action of nested arrays',
    frame: `{"action":${nested(8_000)}}`,
    answer: bad('action'),
  },
  {
    name: '[W3] refuses an action of arrays nested past 16 KB',
    frame: `{"action":${nested(16_000)}}`,
    answer: tooLarge,
  },
  {
    name: '[W3] refuses an action of arrays nested past 100 KB',
    sendBy: sendInParts(`{"action":${nested(50_000)}}`),
    answer: tooLarge,
  },
  {
    name: '[W10] refuses nested arrays that never end',
    frame: '['.repeat(16_000),
    answer: notJson,
  },
  {
    name: 'closes on a frame over 32 KB',
    frame: 'x'.repeat(kilobytes(32) + 1),
    answer: { closed: 1009 },
  },
  {
    name: 'closes on a message over 128 KB',
    sendBy: sendInParts('x'.repeat(kilobytes(128) + 1)),
    answer: { closed: 1009 },
  },
  {
    name: 'closes on a binary frame',
    frame: Buffer.from('{"action":"heads"}'),
    answer: { closed: 1003 },
  },
  {
    name: 'closes on a text frame that is not UTF-8',
    sendBy: (ws) => ws.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false }),
    answer: { closed: 1007 },
  },
  {
    name: 'closes on a surrogate written in UTF-8',
    sendBy: (ws) => ws.send(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), { binary: false }),
    answer: { closed: 1007 },
  },
]

/** Every field of every frame, with wrong values for it. */
const wrongFields: readonly {
  good: (world: World) => object
  fields: Record<string, unknown[]>
}[] = [
  {
    good: ({ room }) => ({ action: 'sendmessage', room_id: room.id, message: text }),
    fields: {
      room_id: [null, true, '1', [], {}, 0, -1, 1.5, 2 ** 53, 2 ** 64],
      message: [null, true, 42, [], {}, '', ' ', 'a \0 NUL', 'half \ud800', 'x'.repeat(4001)],
      client_id: [null, true, 42, [], {}, '', 'a \0 NUL', 'half \ud800', 'c'.repeat(65)],
      reply_to: [null, true, '1', [], {}, 0, -1, 1.5, 99, 2 ** 53],
      id: [null, true, [], {}, 'i'.repeat(65)],
    },
  },
  {
    good: () => ({ action: 'hello' }),
    fields: {
      rooms: [null, true, 42, 'text', [], [1], { a: 1 }, { '-1': 1 }, { 1: -1 }, { 1: '1' }],
    },
  },
  {
    good: () => ({ action: 'typing' }),
    fields: { room_id: [undefined, null, true, '1', [], {}, 0, -1, 1.5, 2 ** 53] },
  },
  {
    good: () => ({ action: 'read', seq: 1 }),
    fields: {
      room_id: [undefined, null, true, '1', [], {}, 0, -1, 1.5, 2 ** 53],
      seq: [undefined, null, true, '1', [], {}, -1, 1.5, 2 ** 53],
    },
  },
]

const fields: readonly FrameCase[] = wrongFields.flatMap(({ good, fields }) =>
  Object.entries(fields).flatMap(([field, values]) =>
    values.map((value) => ({
      name: `[W10] refuses ${field} ${(value === undefined ? 'left out' : JSON.stringify(value)).slice(0, 40)} in ${JSON.stringify(good({ room: { id: 1 } } as World))}`,
      frame: (world: World) => ({ ...good(world), [field]: value }),
      answer: bad(field),
    })),
  ),
)

const hellos: readonly FrameCase[] = [
  {
    name: '[W3] refuses a hello of 201 rooms',
    frame: { action: 'hello', rooms: positions(helloMaxRooms + 1, (n) => String(n)) },
    answer: bad('at most 200 rooms'),
  },
  {
    name: '[W4] answers a hello of a thousand wrong keys within a frame',
    frame: { action: 'hello', rooms: positions(1_000, (n) => `a${n}`) },
    answer: bad('rooms'),
  },
  {
    name: '[W4] answers a hello of one long key within a frame',
    frame: { action: 'hello', rooms: { ['"'.repeat(8_000)]: 1 } },
    answer: bad('rooms'),
  },
]

function positions(count: number, key: (n: number) => string): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [key(n + 1), 1]))
}

const rooms: readonly FrameCase[] = [
  { name: '[R4] finds no private room of others to send to', action: 'sendmessage', message: text },
  { name: '[R4] finds no private room of others to type in', action: 'typing' },
  { name: '[R4] finds no private room of others to read', action: 'read', seq: 1 },
].flatMap(({ name, ...frame }) => [
  {
    name,
    frame: ({ privateRoom }: World) => ({ ...frame, room_id: privateRoom.id }),
    answer: { error: 'not_found' } as const,
  },
  {
    name: name.replace('private room of others', 'room 2^53-1'),
    frame: { ...frame, room_id: 2 ** 53 - 1 },
    answer: { error: 'not_found' } as const,
  },
])

export const frameCases = [...forms, ...actions, ...sizes, ...fields, ...hellos, ...rooms]
