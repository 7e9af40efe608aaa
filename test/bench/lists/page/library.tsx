import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { VList, type VListHandle } from 'virtua'
import type { HeldRoom } from '../../../../web/app/chat/held-rooms.ts'
import { ListRow } from '../../../../web/app/conversation/list-row.tsx'
import { type Row, rowsOf } from '../../../../web/app/conversation/rows.ts'
import { recordedRoom } from './recorded-room.ts'
import { show } from './show.tsx'

/** The page's own list asks for the next page as early. */
const rowsAhead = 150

/** The same rows in a list of virtua. It has no "New" line's button, no jumps, and keeps no place for a reader. */
function LibraryList({ held }: { readonly held: HeldRoom }) {
  const { messages, hasOlder } = held.view.value
  const list = useRef<VListHandle>(null)
  const made = useRef<readonly Row[]>([])
  const rows = useMemo(() => {
    const input = { messages, outgoing: [], myId: 0, newAfter: null, partnerRead: null }
    const rows = rowsOf(input, made.current)
    made.current = rows
    return rows
  }, [messages])

  useLayoutEffect(() => list.current?.scrollToIndex(rows.length - 1, { align: 'end' }), [])

  return (
    <VList
      ref={list}
      className="library-scroller"
      data={rows}
      // Rows come only at the beginning.
      shift
      onScroll={(offset) => {
        const first = list.current?.findItemIndex(offset) ?? 0
        if (hasOlder && first < rowsAhead) void held.handle.loadBefore()
      }}
    >
      {(row) => <ListRow key={row.key} row={row} held={held} />}
    </VList>
  )
}

void show(<LibraryList held={recordedRoom()} />)
