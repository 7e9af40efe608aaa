/**
 * Sends of several rooms that wait at the same time share a statement. Most of what a statement costs does not depend
 * on the number of its messages, so a busy process needs much less of the database then.
 *
 * A room that another transaction has locked must not delay the other rooms. So a shared statement fails when it has
 * waited `lockMs` for a lock, and the sends of each room are stored alone.
 */
import type { Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import { isLockTimeout } from '../database/timed-out.ts'
import { isUnavailable } from '../database/unavailable.ts'
import type { NotifiedRow } from '../notifications/announce-notified.ts'
import { type Send, storeMessages, type Stored } from './send-messages.ts'

/** Sends of one room, and the room if it is known. */
export interface Part {
  readonly sends: readonly Send[]
  readonly roomIds: ReadonlySet<number>
}

export type StoreTogether = (part: Part) => Promise<Stored>

interface Waiting extends Part, PromiseWithResolvers<Stored> {}

/** A statement gets further parts while it has fewer sends than this. */
const sendsMax = 100
const lockMs = 100

/** `asked` is the number of recipients that a statement returns at most for each room. */
export function createStoreTogether(
  db: Db,
  limits: Pick<Limits, 'frames' | 'sends' | 'repeats'>,
  asked: number,
): StoreTogether {
  const waiting: Waiting[] = []
  let isBusy = false

  const storeAlone = ({ sends, roomIds }: Part) => storeMessages(db, limits, sends, roomIds, asked)

  function take(): Waiting[] {
    let count = 0
    let parts = 0
    while (parts < waiting.length && count < sendsMax) count += waiting[parts++]!.sends.length
    return waiting.splice(0, parts)
  }

  /** Stores parts in one statement. Calls `ended` as soon as it has ended, and tells the parts after that. */
  async function store(parts: readonly Waiting[], ended: () => Promise<void>): Promise<void> {
    const sends = parts.flatMap((part) => part.sends)
    const roomIds = new Set(parts.flatMap((part) => [...part.roomIds]))
    const isShared = parts.length > 1
    let stored: Stored
    try {
      stored = await storeMessages(db, limits, sends, roomIds, asked, isShared ? lockMs : undefined)
    } finally {
      await ended()
    }
    let first = 0
    for (const part of parts) {
      part.resolve(isShared ? partOf(stored, part, first, asked) : stored)
      first += part.sends.length
    }
  }

  async function run(parts: readonly Waiting[], ended: () => Promise<void>): Promise<void> {
    try {
      await store(parts, ended)
    } catch (error) {
      // Nothing was stored. A part that is tried alone may wait for its room, and the others go on.
      const isOver = parts.length === 1 || (isUnavailable(error) && !isLockTimeout(error))
      for (const part of parts) {
        if (isOver) part.reject(error)
        else void storeAlone(part).then(part.resolve, part.reject)
      }
    }
  }

  /** One statement runs at once. More sends wait meanwhile, and then share the next statement. */
  function next(): void {
    if (isBusy || waiting.length === 0) return
    isBusy = true
    const parts = take()
    let isCurrent = true
    const goOn = () => {
      clearTimeout(timer)
      if (!isCurrent) return
      isCurrent = false
      isBusy = false
      next()
    }
    // A statement for one room may wait for its lock as long as it takes. The other rooms go on.
    const timer = parts.length === 1 ? setTimeout(goOn, lockMs) : undefined
    void run(parts, async () => {
      goOn()
      // The next statement is on its way before this process is busy with publishing.
      if (isBusy) await new Promise((resolve) => setImmediate(resolve))
    })
  }

  return (part) => {
    const each = { ...part, ...Promise.withResolvers<Stored>() }
    waiting.push(each)
    next()
    return each.promise
  }
}

/** Returns what belongs to a part whose sends come after the `first` ones. Its places begin with 1 again. */
function partOf(
  { outcomes, audiences, notified }: Stored,
  { sends, roomIds }: Part,
  first: number,
  asked: number,
): Stored {
  return {
    outcomes: outcomes.slice(first, first + sends.length),
    audiences: audiences.filter(({ roomId }) => roomIds.has(roomId)),
    // That many rows only say that there are more.
    notified:
      notified.length === asked
        ? notified
        : notified.flatMap((row) => placed(row, first, sends.length)),
  }
}

function placed(row: NotifiedRow, first: number, count: number): NotifiedRow[] {
  const all: { n: number }[] = JSON.parse(row.notifications)
  const own = all.filter(({ n }) => n > first && n <= first + count)
  if (own.length === 0) return []
  return [
    { ...row, notifications: JSON.stringify(own.map((each) => ({ ...each, n: each.n - first }))) },
  ]
}
