import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import { myId } from '../chat/client.ts'
import { type HeldRoom, isBehind } from '../chat/held-rooms.ts'
import { markRead } from '../chat/read-markers.ts'
import { isScrolling, noteScroll } from '../chat/scrolling.ts'
import { clockSkew } from '../chat/server-time.ts'
import { isWatched } from '../chat/watched.ts'
import { announce } from '../shell/announcer.tsx'
import { visits } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { useCopying } from './copying.ts'
import { pace, rhythm } from './frame-load.ts'
import { JumpPill } from './jump-pill.tsx'
import { ListEdge } from './list-edge.tsx'
import { ListWindow, removedMin, RowHeights, rowsMax } from './list-window.ts'
import { ListRow } from './list-row.tsx'
import { useLongPress } from './long-press.ts'
import { activating } from './message-tools.tsx'
import { moveFocusToMessage } from './move-focus.ts'
import { usePrinting } from './printing.ts'
import { RoomBeginning } from './room-beginning.tsx'
import { type Row, rowsOf, rowsThatFill } from './rows.ts'
import { captureAnchor, isAtEnd, keepAnchor, rowElement, scrollToRow } from './scroll.ts'
import { useAnnouncements } from './use-announcements.ts'
import { useDivider } from './use-divider.ts'
import './message-list.css'

interface MessageListProps {
  readonly held: HeldRoom
  /** The message in the address. */
  readonly target: number | null
}

/** How near to an end of the loaded rows more rows are added, in heights of the list. */
const nearby = 1
/** Rows farther away than this are removed. It is more than `nearby`, so that a row that was just added stays. */
const faraway = 1.1
const none: readonly never[] = []
/**
 * The next page is requested when only this many rows are left before it. It should arrive before the reader
 * needs it.
 */
const rowsAhead = 150

type Jump =
  { readonly to: 'end' } | { readonly to: 'new' } | { readonly to: 'message'; readonly seq: number }

/**
 * The messages of a room. The list scrolls from its end (`column-reverse`), so content that is added or grows
 * above the reader moves nothing, in any browser. `keepAnchor` compensates for content below the reader.
 */
export function MessageList({ held, target }: MessageListProps) {
  const { handle } = held
  const view = held.view.value
  const { messages, outgoing, hasOlder, hasNewer, room, status } = view
  const me = myId()

  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [shown] = useState(() => new ListWindow())
  const [heights] = useState(() => new RowHeights())
  const [, render] = useReducer((count: number) => count + 1, 0)
  const [failed, setFailed] = useState<'older' | 'newer' | null>(null)
  const jump = useRef<Jump | null>(null)
  /** The frame in which rows will be added. */
  const growth = useRef(0)
  /**
   * Whether the next frame has other work: it shows the room or a new page of messages, or removes rows. It adds no
   * rows then.
   */
  const isFrameFull = useRef(true)
  /** For how many frames the page has had messages that it does not show yet. */
  const framesBehind = useRef(0)
  /** When rows were added that are not laid out yet. */
  const grownAt = useRef<number | null>(null)
  /** The sizes of the box and of its rows that the list has seen last. */
  const sizes = useRef(new Map<Element, ResizeObserverSize>())
  /** Whether the reader sees the newest message. */
  const atEnd = useSignal(true)
  /** Whether the newest message is out of view. */
  const isAway = useComputed(() => !atEnd.value)
  /** Whether the "New" line is above the visible part, and was not seen yet. */
  const isNewAbove = useSignal(false)
  const sawNew = useRef(false)
  /** The position up to which the reader has seen the room. */
  const seen = useRef(0)
  const divider = useDivider(view)
  useAnnouncements(view, me)

  const made = useRef<readonly Row[]>(none)
  const rowOf = useRef<(key: string) => Row | undefined>(() => undefined)
  const sending = hasNewer ? none : outgoing
  const partnerRead = room?.partner?.read_seq ?? null
  // Scrolling renders the list in nearly every frame, with the same messages.
  const { rows, keys, at } = useMemo(() => {
    const input = {
      messages,
      outgoing: sending,
      myId: me,
      newAfter: divider.after,
      partnerRead,
    }
    const rows = rowsOf(input, made.current)
    made.current = rows
    const keys = rows.map(({ key }) => key)
    const at = new Map<string, number>()
    for (const [index, key] of keys.entries()) at.set(key, index)
    rowOf.current = (key) => rows[at.get(key) ?? -1]
    heights.keep(at)
    isFrameFull.current = true
    return { rows, keys, at }
    // The times of unsent messages depend on the difference of the clocks.
  }, [messages, sending, me, divider.after, partnerRead, clockSkew()])
  useCopying(list, (key) => rowOf.current(key))
  useLongPress(scroller, held, (key) => rowOf.current(key))

  const isBegun = useRef(false)
  /** The visit that has led to its message. */
  const arrived = useRef(-1)
  const visit = visits.value
  if (!isBegun.current && rows.length > 0) {
    isBegun.current = true
    const pointed: Jump = { to: 'message', seq: target ?? 0 }
    if (target === null) jump.current = at.has('new') ? { to: 'new' } : null
    else if (indexOf(pointed, rows, at) !== undefined) {
      jump.current = pointed
      arrived.current = visit
    }
  }
  const wantedAt = jump.current ? indexOf(jump.current, rows, at) : undefined
  if (wantedAt !== undefined) shown.showAround(keys, wantedAt)

  const anchor =
    scroller.current && list.current && !(atEnd.value && isAtEnd(scroller.current))
      ? captureAnchor(scroller.current, list.current)
      : null
  const isPrinting = usePrinting()
  const range = isPrinting
    ? ([0, keys.length] as const)
    : shown.resolve(keys, at, (to) => rowsThatFill(rows, to, innerHeight))
  const space = heights.below(keys, range[1])
  const latest = useRef({ rows, keys, at, range, space, view })
  latest.current = { rows, keys, at, range, space, view }

  async function attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch {
      announce(t('conversation.jumpFailed'))
      return false
    }
  }

  /** Scrolls to a message, wherever it is in the room. */
  async function jumpTo(seq: number): Promise<void> {
    const { rows, at } = latest.current
    const wanted: Jump = { to: 'message', seq }
    const isHeld = indexOf(wanted, rows, at) !== undefined
    if (!isHeld && !(await attempt(async () => await handle.loadAround(seq)))) return
    held.catchUp()
    jump.current = wanted
    render(0)
  }

  async function jumpToEnd(): Promise<void> {
    const { hasNewer, room, messages } = latest.current.view
    const last = room?.last_seq ?? messages.at(-1)?.seq ?? 0
    if (hasNewer && !(await attempt(async () => await handle.loadAround(last)))) return
    held.catchUp()
    shown.showEnd()
    jump.current = { to: 'end' }
    render(0)
  }

  async function load(where: 'older' | 'newer'): Promise<void> {
    try {
      await (where === 'older' ? handle.loadBefore() : handle.loadAfter())
      setFailed(null)
    } catch {
      setFailed(where)
    }
  }

  /**
   * Adds a few rows in a frame, so that no frame takes long. It adds them at once where the reader would see that
   * they are missing. A reader who scrolls up sees no gap, because there is nothing to scroll to yet.
   */
  function grow(where: 'older' | 'newer', isUrgent: boolean): void {
    const run = () => {
      growth.current = 0
      isFrameFull.current = false
      const { keys } = latest.current
      grownAt.current = performance.now()
      // One frame adds and removes rows together. Doing both one after the other would lay out the list twice.
      shown.grow(keys, withoutFarRows(), where, pace.step)
      render(0)
    }
    const start = (frameTime: number) => {
      framesBehind.current = isBehind(held) ? framesBehind.current + 1 : 0
      // One frame receives a page of messages, and a later one shows it to the list. Neither should add rows, so that
      // no frame takes long. Every second frame adds none anyway.
      const isShown =
        framesBehind.current > 3 || (framesBehind.current > 1 && rhythm.rests(frameTime))
      if (isShown) held.catchUp()
      const isFull = isFrameFull.current || isShown || framesBehind.current === 1
      const isSkipped = rhythm.skips(frameTime, performance.now(), isFull)
      isFrameFull.current = false
      if (isSkipped) growth.current = requestAnimationFrame(start)
      else run()
    }
    if (isUrgent) run()
    else growth.current ||= requestAnimationFrame(start)
  }

  /** Makes sure that there are enough rows to scroll to, and notes what the reader sees. */
  function fill(): void {
    const [box, content] = [scroller.current, list.current]
    if (!box || !content || jump.current || isPrinting) return
    const { range, keys, at, space, view } = latest.current
    const [from, to] = range
    const { scrollTop, scrollHeight, clientHeight } = box
    const below = -scrollTop - space
    const above = scrollHeight - clientHeight + scrollTop
    const near = nearby * clientHeight
    if (below + clientHeight < 0) {
      // The reader has jumped past all rows, for example with the scroll bar.
      shown.showAround(keys, heights.indexAt(keys, -scrollTop))
      render(0)
    } else if (above < near && from > 0) grow('older', above < 1 && !isScrolling())
    else if (below < near && to < keys.length) grow('newer', below < 1)
    // A reader who scrolls on gets the next page while rows of the last one are still missing.
    const isDue = (rows: number, way: number) =>
      !isBehind(held) && rows < (isScrolling() ? rowsAhead : rowsAhead / 3) && way < 3 * near
    if (isDue(from, above) && view.hasOlder && failed !== 'older') void load('older')
    if (isDue(keys.length - to, below) && view.hasNewer && failed !== 'newer') void load('newer')
    atEnd.value = isAtEnd(box) && to === keys.length && !view.hasNewer
    const lineAt = at.get('new')
    const line = lineAt === undefined ? null : rowElement(content, 'new')
    if (line && line.getBoundingClientRect().bottom >= box.getBoundingClientRect().top) {
      sawNew.current = true
    }
    const isBeyond =
      divider.after !== null &&
      (lineAt === undefined
        ? view.hasOlder && (view.messages[0]?.seq ?? 0) > divider.after
        : lineAt < from || !!line)
    isNewAbove.value = isBeyond && !sawNew.current
  }

  /**
   * Returns the range without rows that are far from the reader, unless the reader uses them. It removes twice as many as
   * a frame adds, because removing takes time, too. Removed rows below leave a space of their height, so that nothing
   * moves.
   */
  function withoutFarRows(): readonly [from: number, to: number] {
    const [box, content] = [scroller.current, list.current]
    const { range } = latest.current
    const [from, to] = range
    if (!box || !content || to - from <= rowsMax || jump.current) return range
    const selection = getSelection()
    if (selection && !selection.isCollapsed && selection.containsNode(content, true)) return range
    const { top, bottom } = box.getBoundingClientRect()
    const reach = faraway * box.clientHeight
    const elements = [...content.querySelectorAll<HTMLElement>(':scope > [data-key]')]
    const focused = elements.findIndex((element) => element.contains(document.activeElement))
    let [first, last] = [0, elements.length]
    const least = Math.max(rowsMax / 2, last - Math.max(removedMin, 2 * pace.step))
    const isHeld = (index: number) =>
      index === focused || last - first <= least || elements[index] === undefined
    const rectOf = (element: Element) => element.getBoundingClientRect()
    while (!isHeld(first) && rectOf(elements[first]!).bottom < top - reach) first++
    while (!isHeld(last - 1) && rectOf(elements[last - 1]!).top > bottom + reach) last--
    for (const element of elements.slice(last)) {
      // The row below it, or the space below all rows.
      const next = element.nextElementSibling!
      heights.set(element.dataset['key']!, rectOf(next).top - rectOf(element).top)
    }
    return [from + first, from + last]
  }

  function cut(): void {
    const { keys, range } = latest.current
    const [from, to] = withoutFarRows()
    if (from === range[0] && to === range[1]) return
    // The list may ask for rows now, and the same frame would add them.
    isFrameFull.current = true
    shown.cut(keys, from, to)
    render(0)
  }

  useLayoutEffect(() => {
    const [box, content] = [scroller.current!, list.current!]
    const wanted = jump.current
    if (wanted) {
      jump.current = null
      const index = indexOf(wanted, rows, at)
      const row = index === undefined ? null : rowElement(content, keys[index]!)
      if (wanted.to === 'end') box.scrollTop = 0
      else if (row) scrollToRow(box, row, wanted.to === 'new' ? 0.15 : 0.35)
      else announce(t('conversation.noSuchMessage'))
      if (row && wanted.to === 'message') point(row)
    } else if (anchor) keepAnchor(box, content, anchor)
    fill()
    for (const each of [box, content]) {
      const { width, height } = each.getBoundingClientRect()
      sizes.current.set(each, { inlineSize: width, blockSize: height })
    }
    if (grownAt.current !== null) {
      // Reading positions has forced a layout, so the rows are laid out.
      pace.note(performance.now() - grownAt.current)
      grownAt.current = null
    }
  })

  // Goes to the target of the address, also when the same link is followed again.
  const isReady = status === 'ready'
  useEffect(() => {
    if (target === null || !isReady || arrived.current === visit) return
    arrived.current = visit
    void jumpTo(target)
  }, [target, visit, isReady])

  // A change of the width must not move the message at the top of the view.
  const steady = useRef({ fill, cut })
  steady.current = { fill, cut }
  useEffect(() => {
    const [box, content] = [scroller.current!, list.current!]
    const capture = () => (isAtEnd(box) ? null : captureAnchor(box, content))
    let last = capture()
    const onScroll = () => {
      // The first frame of a scroll takes long: V8 compiles again what it has not run for some time.
      isFrameFull.current ||= !isScrolling()
      noteScroll()
      steady.current.fill()
      // The frame that adds rows also removes some.
      if (growth.current === 0) steady.current.cut()
      last = capture()
    }
    const observer = new ResizeObserver((entries) => {
      // The list has seen the sizes that its own rendering gave. Asking the elements would cost a layout.
      const isNew = ({ target, borderBoxSize: [size] }: ResizeObserverEntry) =>
        !isSame(size!, sizes.current.get(target))
      const changed = entries.filter(isNew)
      for (const { target, borderBoxSize } of changed) sizes.current.set(target, borderBoxSize[0]!)
      if (changed.length === 0) return
      if (last) keepAnchor(box, content, last)
      last = capture()
      steady.current.fill()
    })
    observer.observe(content)
    observer.observe(box)
    box.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      cancelAnimationFrame(growth.current)
      observer.disconnect()
      box.removeEventListener('scroll', onScroll)
    }
  }, [])

  // A user who sends something wants to see it.
  const sends = useRef(outgoing.length)
  useEffect(() => {
    const isMore = outgoing.length > sends.current
    sends.current = outgoing.length
    if (!isMore) return
    divider.clear()
    void jumpToEnd()
  }, [outgoing])

  // Messages that the user sees count as read.
  useSignalEffect(() => {
    const { messages, room, hasNewer } = held.view.value
    if (!atEnd.value || hasNewer) return
    seen.current = messages.at(-1)?.seq ?? 0
    if (isWatched.value && room?.role && room.unread) markRead(handle, seen.current)
  })

  const unseen = hasNewer
    ? (room?.unread ?? 0)
    : messages.filter(
        ({ seq, user_id, deleted_at }) => seq > seen.current && user_id !== me && !deleted_at,
      ).length

  return (
    <div class="message-list">
      <div
        ref={scroller}
        class="message-scroller"
        role="log"
        aria-live="off"
        aria-busy={status === 'loading'}
        aria-label={t('conversation.messages')}
        data-region="messages"
        tabIndex={-1}
        onKeyDown={moveFocusToMessage}
      >
        <div class="rows-end">
          <div ref={list} class="message-rows" {...activating}>
            {range[0] === 0 &&
              (hasOlder ? (
                <ListEdge isFailed={failed === 'older'} onRetry={() => void load('older')} />
              ) : (
                status === 'ready' &&
                room && <RoomBeginning room={room} isEmpty={rows.length === 0} />
              ))}
            {rows.slice(...range).map((row) => (
              <ListRow key={row.key} row={row} held={held} />
            ))}
            <div class="rows-below" style={{ blockSize: `${space}px` }} />
            {hasNewer && range[1] === keys.length && (
              <ListEdge isFailed={failed === 'newer'} onRetry={() => void load('newer')} />
            )}
          </div>
        </div>
      </div>
      <JumpPill
        isShown={isNewAbove}
        where="above"
        label={() => t('conversation.jumpToUnread')}
        onClick={() => {
          sawNew.current = true
          if (latest.current.at.has('new')) {
            jump.current = { to: 'new' }
            render(0)
          } else if (divider.after !== null) void jumpTo(divider.after + 1)
        }}
      />
      <JumpPill
        isShown={isAway}
        where="below"
        label={() =>
          unseen > 0
            ? t('conversation.newBelow', { count: unseen })
            : t('conversation.jumpToNewest')
        }
        onClick={() => void jumpToEnd()}
      />
    </div>
  )
}

/** Browsers give sizes in fractions of a pixel, and round them differently. */
const isSame = (a: ResizeObserverSize, b?: ResizeObserverSize): boolean =>
  b !== undefined &&
  Math.abs(a.inlineSize - b.inlineSize) < 0.1 &&
  Math.abs(a.blockSize - b.blockSize) < 0.1

function indexOf(
  wanted: Jump,
  rows: readonly Row[],
  at: ReadonlyMap<string, number>,
): number | undefined {
  if (wanted.to === 'end') return undefined
  if (wanted.to === 'new') return at.get('new')
  const index = rows.findIndex((row) => row.kind === 'message' && row.message.seq === wanted.seq)
  return index < 0 ? undefined : index
}

/** Highlights the message of a link. */
function point(row: HTMLElement): void {
  row.focus({ preventScroll: true })
  row.removeAttribute('data-pointed')
  // This restarts the animation.
  void row.offsetWidth
  // This is not a class, because the row writes its own class again when it gets the focus.
  row.setAttribute('data-pointed', '')
  row.addEventListener('animationend', () => row.removeAttribute('data-pointed'), { once: true })
}
