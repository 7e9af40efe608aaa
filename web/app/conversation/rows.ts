import type { Message, Outgoing } from '../../../src/client/index.ts'
import { sentAt } from '../chat/server-time.ts'

/** A row of the conversation. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'new'; readonly key: string }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: Message
      /** When it was sent, in milliseconds since 1970. Reading it from the message takes time. */
      readonly ms: number
      /**
       * Whether it shows its author and time, because the message before it has another author or is much older.
       */
      readonly isFirst: boolean
      /** Whether it is the user's last message that the partner of a direct chat has read. */
      readonly isSeen: boolean
    }
  | {
      readonly kind: 'outgoing'
      readonly key: string
      readonly send: Outgoing
      readonly at: string
      readonly isFirst: boolean
    }

const groupMs = 5 * 60_000
const dayPrefix = 'day '

/**
 * Whether a row is a line between messages. It does not stay beside the same message: the line of a day moves up when
 * older messages of that day are loaded.
 */
export const isLine = (key: string): boolean => key === 'new' || key.startsWith(dayPrefix)

interface RowsInput {
  readonly messages: readonly Message[]
  readonly outgoing: readonly Outgoing[]
  readonly myId: number
  /** The "New" line stands before the first message after this `seq`; null when there is no line. */
  readonly newAfter: number | null
  /** How far the partner of a direct chat has read; null when it is not known. */
  readonly partnerRead: number | null
}

/** A message of the user has the key of its send, so that its row stays the same when it is acknowledged. */
export const keyOf = ({ user_id, client_id, seq }: Message, myId: number): string =>
  user_id === myId && client_id ? client_id : `m${seq}`

/**
 * Makes the rows of the loaded messages. Rows that did not change since `before` stay the same objects. Each page of older
 * messages makes the rows of a thousand messages again, so this compares what it can instead of making it.
 */
export function rowsOf(
  { messages, outgoing, myId, newAfter, partnerRead }: RowsInput,
  before: readonly Row[],
): Row[] {
  const rows: Row[] = []
  const others = new Map<string, Row>()
  for (const row of before) if (row.kind !== 'message') others.set(row.key, row)
  let next = 0
  /** Returns the row that this message had. Messages are asked for in their order, and rows have the same order. */
  const rowBefore = (message: Message) => {
    for (; next < before.length; next++) {
      const row = before[next]!
      if (row.kind === 'message' && row.message.seq >= message.seq) {
        return row.message === message ? row : undefined
      }
    }
    return undefined
  }
  let author: number | null = null
  let at: number | null = null
  /**
   * The beginning and the end of the last message's day. Comparing numbers costs far less than a calendar.
   */
  let [dayBegins, dayEnds] = [Infinity, -Infinity]
  let hasNew = newAfter === null
  const seen = messages.findLast(
    ({ seq, user_id, deleted_at }) =>
      partnerRead !== null && seq <= partnerRead && user_id === myId && deleted_at === null,
  )

  const add = (row: Row) => {
    const last = others.get(row.key)
    rows.push(last && isSameRow(last, row) ? last : row)
  }
  /** Whether a message of this author and time begins a group. */
  const begin = (userId: number | null, timestamp: string, ms: number): boolean => {
    let isFirst = userId === null || userId !== author || at === null || ms - at >= groupMs
    if (ms < dayBegins || ms >= dayEnds) {
      const day = new Date(ms)
      add({ kind: 'day', key: `${dayPrefix}${day.toDateString()}`, at: timestamp })
      dayBegins = day.setHours(0, 0, 0, 0)
      dayEnds = day.setHours(24, 0, 0, 0)
      isFirst = true
    }
    author = userId
    at = ms
    return isFirst
  }

  for (const message of messages) {
    const last = rowBefore(message)
    const ms = last?.ms ?? Date.parse(message.timestamp)
    let isFirst = begin(message.user_id, message.timestamp, ms)
    if (!hasNew && message.seq > newAfter! && message.user_id !== myId) {
      hasNew = true
      isFirst = true
      add({ kind: 'new', key: 'new' })
    }
    const isSeen = message === seen
    const isKept = last !== undefined && last.isFirst === isFirst && last.isSeen === isSeen
    rows.push(
      isKept ? last : { kind: 'message', key: keyOf(message, myId), message, ms, isFirst, isSeen },
    )
  }
  for (const send of outgoing) {
    // An unsent message is never earlier than the messages above it.
    const ms = Math.max(sentAt(send), at ?? 0)
    const time = new Date(ms).toISOString()
    const isFirst = begin(myId, time, ms)
    add({ kind: 'outgoing', key: send.clientId, send, at: time, isFirst })
  }
  return rows
}

function isSameRow(a: Row, b: Row): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'outgoing' && b.kind === 'outgoing') {
    return a.send === b.send && a.at === b.at && a.isFirst === b.isFirst
  }
  return true
}

/** About how many characters fill a line. */
const lineLength = 75
const lineHeight = 22

/** Estimates the height of a row without laying it out. */
export function roughHeight(row: Row): number {
  if (row.kind === 'day' || row.kind === 'new') return 44
  const message = row.kind === 'message' ? row.message : null
  const text = row.kind === 'message' ? row.message.message : row.send.text
  let lines = row.isFirst ? 1.4 : 0
  for (const line of (text ?? '').split('\n')) {
    lines += Math.max(0.5, Math.ceil(line.length / lineLength))
  }
  if (message?.reply_to) lines++
  if (message?.reactions.length) lines += 1.5
  return 6 + lines * lineHeight
}

/** How many rows before `to` fill this height. */
export function rowsThatFill(rows: readonly Row[], to: number, height: number): number {
  let sum = 0
  let at = to
  while (at > 0 && sum < height) sum += roughHeight(rows[--at]!)
  return to - at
}
