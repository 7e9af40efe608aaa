import { useEffect, useRef } from 'preact/hooks'
import type { RoomView } from '../../../src/client/index.ts'
import { nameOf } from '../chat/names.ts'
import { plainText } from '../markdown/plain-text.ts'
import { announce } from '../shell/announcer.tsx'
import { t } from '../text/text.ts'

/** More new messages than this are counted, not read aloud. */
const readOutMax = 3

/** Has the screen reader read new messages of others. Older messages that are loaded are not read. */
export function useAnnouncements({ status, messages, hasNewer }: RoomView, myId: number): void {
  const last = useRef<number | null>(null)
  const followed = useRef(false)
  useEffect(() => {
    if (status !== 'ready') return
    const newest = messages.at(-1)?.seq ?? 0
    const before = last.current
    const isLive = before !== null && followed.current && !hasNewer
    last.current = newest
    followed.current = !hasNewer
    if (!isLive || newest <= before) return
    const fresh = messages.filter(
      ({ seq, user_id, message }) => seq > before && user_id !== myId && message !== null,
    )
    if (fresh.length > readOutMax) announce(t('conversation.announceMany', { count: fresh.length }))
    else {
      for (const message of fresh) {
        const text = plainText(message.message ?? '')
        announce(t('conversation.announce', { name: nameOf(message), text }))
      }
    }
  }, [messages, status])
}
