import { signal, useComputed } from '@preact/signals'
import type { Message } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { plainLine } from '../markdown/plain-line.tsx'
import { plainText } from '../markdown/plain-text.ts'
import { Icon } from '../parts/icon.tsx'
import { paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import './reply-quote.css'

/**
 * Quoted messages that are not loaded. Each is requested once. null means that the message does not exist.
 */
const fetched = signal<ReadonlyMap<string, Message | null>>(new Map())
const asked = new Set<string>()
/** How many are kept: far more than a screen shows. */
const fetchedMax = 300

async function fetchQuoted(roomId: number, seq: number): Promise<void> {
  const key = `${roomId}:${seq}`
  if (asked.has(key)) return
  asked.add(key)
  try {
    const { results } = await client.request('GET /api/messages/{room_id}/', {
      params: { room_id: roomId },
      query: { around: seq, limit: 1 },
    })
    const found = results.find((message) => message.seq === seq) ?? null
    const next = new Map(fetched.value).set(key, found)
    for (const oldest of next.keys()) {
      if (next.size <= fetchedMax) break
      next.delete(oldest)
      asked.delete(oldest)
    }
    fetched.value = next
  } catch {
    asked.delete(key)
  }
}

/** The message that another message replies to. It is a link to it. */
export function ReplyQuote({ seq, held }: { readonly seq: number; readonly held: HeldRoom }) {
  const { id } = held.handle
  const quoted = useComputed(() => {
    const shown = held.view.value.messages.find((message) => message.seq === seq)
    return shown ?? fetched.value.get(`${id}:${seq}`)
  }).value
  if (quoted === undefined) void fetchQuoted(id, seq)
  const text = quoted ? plainText(quoted.message ?? '') : ''
  return (
    <a
      class="reply-quote"
      href={paths.message(id, seq)}
      aria-label={quoted ? label(quoted, text) : undefined}
    >
      <Icon name="reply" />
      {quoted ? (
        <>
          <bdi class="reply-author">{nameOf(quoted)}</bdi>
          <span class="one-line" dir="auto">
            {quoted.message === null ? t('conversation.deleted') : plainLine(text.slice(0, 200))}
          </span>
        </>
      ) : (
        <span class="one-line">{t('conversation.earlierMessage')}</span>
      )}
    </a>
  )
}

const label = (quoted: Message, text: string) =>
  t('conversation.inReplyTo', { name: nameOf(quoted), text: text.slice(0, 100) })
