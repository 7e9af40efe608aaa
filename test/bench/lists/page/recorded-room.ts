import { signal } from '@preact/signals'
import type { Message, RoomHandle, RoomView } from '../../../../src/client/index.ts'
import type { HeldRoom } from '../../../../web/app/chat/held-rooms.ts'

const messagesInAll = 10_000
const pageOfMessages = 100
/** How long the server takes for a page. */
const pageMs = 30

/** A room of 10,000 messages, without a server. Each run has the same messages, and gets each page after the same time. */
export function recordedRoom(): HeldRoom {
  const all = Array.from({ length: messagesInAll }, (_, at) => messageAt(at + 1))
  let from = messagesInAll - 50
  const view = signal<RoomView>({
    status: 'ready',
    error: null,
    room: null,
    messages: all.slice(from),
    outgoing: [],
    hasOlder: true,
    hasNewer: false,
    members: null,
    hasMoreMembers: false,
    typing: [],
  })
  let isLoading = false
  const handle = {
    id: 1,
    view: { get: () => view.value },
    async loadBefore() {
      if (isLoading || from === 0) return
      isLoading = true
      await new Promise((resolve) => setTimeout(resolve, pageMs))
      isLoading = false
      from = Math.max(0, from - pageOfMessages)
      view.value = { ...view.value, messages: all.slice(from), hasOlder: from > 0 }
    },
  }
  // The lists use nothing else of it here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { handle: handle as unknown as RoomHandle, view, catchUp: () => undefined }
}

const words = 'and then we looked at it again, because nobody had said what should come of it'
const texts = [
  `${words} `.repeat(6),
  '**yes**, with `npm test` and _without_ https://example.org/notes',
  'two things:\n\n- the notes\n- the pictures, on a **phone**, too',
  'it says\n\n```\nerror 42: no such thing\n  at line 17\n```\nand ends',
  'ok',
  '> who does it?\n\nI do, tomorrow',
]

/** Messages as people write them: most are one line, some are long, and some have Markdown or reactions. */
function messageAt(seq: number): Message {
  const user = 1 + (Math.floor(seq / (1 + (seq % 5))) % 9)
  const text = texts[seq % 10] ?? words.slice(0, 20 + ((seq * 7) % 50))
  const at = Date.UTC(2026, 0, 1) + seq * 200_000
  return {
    id: seq,
    room_id: 1,
    seq,
    user_id: user,
    username: `person${user}`,
    display_name: `Person ${user}`,
    message: `message ${seq} ${text}`,
    client_id: null,
    reply_to: null,
    timestamp: new Date(at).toISOString(),
    edited_at: null,
    deleted_at: null,
    reactions: seq % 9 === 0 ? [{ emoji: '👍', count: 2, mine: false, first_seq: seq + 1 }] : [],
  }
}
