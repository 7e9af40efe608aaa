/** Which rows of a conversation are in the document. */
import { expect, test } from 'vitest'
import { FrameRhythm, GrowthPace } from '../../web/app/conversation/frame-load.ts'
import { ListWindow } from '../../web/app/conversation/list-window.ts'
import { type Row, rowsOf as makeRows, rowsThatFill } from '../../web/app/conversation/rows.ts'
import { isStacked } from '../../web/app/markdown/stacked.ts'

const row = (seq: number, text: string): Row => {
  const message = { seq, message: text, reply_to: null, reactions: [] }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its height depends on no more
  return { kind: 'message', key: `m${seq}`, message, isFirst: false } as unknown as Row
}
const rowsOf = (text: string) => Array.from({ length: 100 }, (_each, at) => row(at, text))

test('a room opens with fewer rows when its messages are long', () => {
  const short = rowsThatFill(rowsOf('ok'), 100, 800)
  const long = rowsThatFill(rowsOf('word '.repeat(90)), 100, 800)
  expect(short).toBeGreaterThan(20)
  expect(short).toBeLessThan(40)
  expect(long).toBeGreaterThan(3)
  expect(long).toBeLessThan(8)
  expect(rowsThatFill(rowsOf('ok'), 3, 800)).toBe(3)
})

/** The messages of a day, one in a second. */
const messagesOf = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_each, at) => ({
    seq: first + at,
    user_id: 1,
    client_id: null,
    timestamp: new Date(2026, 0, 1, 12, 0, first + at).toISOString(),
  }))

function make(messages: readonly object[], before: readonly Row[] = []): Row[] {
  const input = { messages, outgoing: [], myId: 1, newAfter: null, partnerRead: null }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows depend on no more
  return makeRows(input as unknown as Parameters<typeof makeRows>[0], before)
}

/** The keys of a day's messages, as the list has them. */
function keysOf(first: number, last: number) {
  const keys = make(messagesOf(first, last)).map(({ key }) => key)
  return { keys, at: new Map(keys.map((key, index) => [key, index])) }
}

test('a row stays the same object unless it shows something else', () => {
  const loaded = messagesOf(101, 104)
  const before = make(loaded)
  expect(before.map(({ key }) => key)).toEqual([
    'day Thu Jan 01 2026',
    'm101',
    'm102',
    'm103',
    'm104',
  ])
  const edited = { ...loaded[2]!, message: 'edited' }
  // Older messages come, the third one is edited, and the last one is not loaded any more.
  const now = [...messagesOf(99, 100), loaded[0]!, loaded[1]!, edited]
  const after = make(now, before)
  expect(after.map(({ key }) => key)).toEqual([
    'day Thu Jan 01 2026',
    'm99',
    'm100',
    'm101',
    'm102',
    'm103',
  ])
  // The line of a day stays. The message after it shows its author, so the row of the first message changes.
  expect(after.map((row) => before.includes(row))).toEqual([true, false, false, false, true, false])
  expect(after.slice(1)).toEqual(make(now).slice(1))
})

test('older messages of a day do not come into the document all at once', () => {
  const shown = new ListWindow()
  const loaded = keysOf(101, 130)
  // The reader has come to the first row, which is the line of the day.
  expect(shown.resolve(loaded.keys, loaded.at, () => 30)).toEqual([1, 31])
  shown.grow(loaded.keys, [1, 31], 'older', 5)
  expect(shown.resolve(loaded.keys, loaded.at, () => 30)).toEqual([0, 31])
  const more = keysOf(1, 130)
  const [from, to] = shown.resolve(more.keys, more.at, () => 30)
  expect(to - from).toBe(31)
  expect(more.keys.slice(from + 1, to)).toEqual(loaded.keys.slice(1))
})

/** Returns how many rows a frame adds when each frame needs some time, and each row more. */
function stepAt(frameMs: number, rowMs: number): number {
  const pace = new GrowthPace()
  for (let frame = 0; frame < 100; frame++) pace.note(frameMs + pace.step * rowMs)
  return pace.step
}

test('frames add more rows on a fast machine and fewer on a slow one, but always some', () => {
  expect(stepAt(0.3, 0.1)).toBe(24)
  expect(stepAt(1, 1)).toBeLessThan(24)
  expect(stepAt(1, 1)).toBeGreaterThan(4)
  expect(stepAt(6, 5)).toBe(2)
  expect(stepAt(100, 100)).toBe(2)
})

test('one disturbed frame changes the pace little, and a machine that is fast again is noticed', () => {
  const pace = new GrowthPace()
  for (let frame = 0; frame < 100; frame++) pace.note(1)
  const before = pace.step
  pace.note(5_000)
  expect(pace.step).toBeLessThan(before)
  expect(pace.step).toBeGreaterThanOrEqual(before / 2)
  for (let frame = 0; frame < 100; frame++) pace.note(5_000)
  expect(pace.step).toBe(2)
  for (let frame = 0; frame < 100; frame++) pace.note(1)
  expect(pace.step).toBe(before)
})

/** A frame: how late it begins after its time, and how long after the time of the frame before it. In milliseconds. */
interface Frame {
  readonly late?: number
  readonly apart?: number
  readonly isFull?: boolean
}

const signalMs = 1_000 / 60

/**
 * Tells which frames of a scroll add rows. The first frames of the scroll are not among them: one begins it, the second
 * one adds rows, and the third one rests.
 */
function adding(frames: readonly Frame[]): boolean[] {
  const rhythm = new FrameRhythm()
  let time = 1_000
  const results = [{}, {}, {}, ...frames].map(({ late = 1, apart = signalMs, isFull = false }) => {
    time += apart
    return !rhythm.skips(time, time + late, isFull)
  })
  expect(results.slice(0, 2)).toEqual([false, true])
  return results.slice(3)
}

test('every second frame adds rows', () => {
  expect(adding([{}, {}, {}, {}])).toEqual([true, false, true, false])
  expect(adding([{ late: 7 }, {}, { late: 7 }])).toEqual([true, false, true])
})

test('a frame adds no rows when it begins late, was held back, or has other work, and the next one does', () => {
  for (const frame of [{ late: 20 }, { apart: 2 * signalMs }, { isFull: true }]) {
    expect(adding([frame, {}, {}, {}])).toEqual([false, true, false, true])
  }
})

test('after a pause, the first frame adds no rows', () => {
  expect(adding([{}, { apart: 5_000 }, {}, {}])).toEqual([true, false, true, false])
})

test('on a busy machine and in a busy room, rows come every 100 ms', () => {
  for (const frame of [{ late: 20 }, { isFull: true }]) {
    const results = adding(Array.from({ length: 18 }, () => frame))
    expect(results.filter(Boolean)).toHaveLength(3)
    expect(results.slice(0, 6).filter(Boolean)).toHaveLength(1)
  }
})

test('two frames of the same time do not stop the rows for long', () => {
  const results = adding([{ apart: 0 }, ...Array.from({ length: 90 }, () => ({}))])
  expect(results.slice(-8).filter(Boolean)).toHaveLength(4)
})

test('on a display with 30 frames in a second, every frame adds rows', () => {
  const rhythm = new FrameRhythm()
  const added = Array.from({ length: 90 }, (_each, at) => {
    // It had 60 in the first second.
    const time = at < 60 ? at * signalMs : (at - 30) * 2 * signalMs
    return !rhythm.skips(time, time + 1, false)
  })
  expect(added.slice(0, 60).filter(Boolean)).toHaveLength(30)
  expect(added.slice(-10)).toEqual(Array.from({ length: 10 }, () => true))
})

test('only texts whose marks reach into other lines are clipped', () => {
  expect(isStacked('zalgo'.split('').join('\u0321\u0334\u035b'))).toBe(true)
  for (const text of ['Zoe\u0308', 'ậ', 'مَرْحَبًا', 'ที่นี่', 'नमस्ते']) expect(isStacked(text)).toBe(false)
})
