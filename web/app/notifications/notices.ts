import { computed, effect, signal } from '@preact/signals'
import type { Notification as Told } from '../../../src/client/index.ts'
import { notifications, session } from '../chat/client.ts'
import { isWatched } from '../chat/watched.ts'
import { iconWith } from '../shell/page-icon.ts'
import { navigate, route } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { notificationPath, notificationWords } from './about.ts'
import { handOver, takeOver } from './handed-over.ts'
import { noticesState } from './permission.ts'
import { readNotifications } from './use-notifications.ts'

/** How long the other tabs have to answer that the user looks at the room. */
const askMs = 200
/** When more notifications than this come at once, for example after a sleep, only their number is shown. */
const atOnceMax = 3

const channelName = 'quick-connect-notices'

/** The messages between tabs. */
type Word = { readonly ask: number; readonly room: number | null } | { readonly seen: number }

/** Whether the user sees the subject of a notification in this tab. */
function isLookedAt(room: number | null): boolean {
  if (!isWatched.peek()) return false
  const shown = route.peek()
  return shown.name === 'notifications' || (shown.name === 'room' && shown.id === room)
}

/**
 * Has the browser show new notifications. Every tab receives them. The tab that holds a lock shows them, after it
 * has asked the others whether the user sees the subject there.
 */
export function watchNotices(): void {
  const speaksFor = computed(() =>
    noticesState.value === 'on' ? session.value.user?.id : undefined,
  )
  effect(() => (speaksFor.value === undefined ? undefined : speakFor(speaksFor.value)))
}

function speakFor(userId: number): () => void {
  const end = new AbortController()
  const channel = new BroadcastChannel(`${channelName}:${userId}`)
  const seen = new Set<number>()
  const shown = new Map<number | 'many', Notification>()
  /** Those that the other tabs are being asked about. */
  const asking = new Set<number>()
  const isSpeaker = signal(false)
  /** The newest one that is known; what is above it is new. */
  let newest: number | null = null

  channel.addEventListener('message', ({ data }: MessageEvent<Word>) => {
    if ('seen' in data) seen.add(data.seen)
    else if (isLookedAt(data.room)) channel.postMessage({ seen: data.ask } satisfies Word)
  })
  const hold = async () => {
    // Now this tab shows the notifications that have come since the last speaker was closed.
    newest = takeOver(userId) ?? newest
    isSpeaker.value = true
    await new Promise<void>((resolve) =>
      end.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
  }
  navigator.locks
    .request(`${channelName}:${userId}`, { signal: end.signal }, hold)
    // It was stopped before its turn.
    .catch(() => undefined)

  const isUnread = (id: number) =>
    !!notifications.peek().items?.some((item) => item.id === id && item.read_at === null)

  function show(key: number | 'many', words: { title: string; body: string }, open: () => void) {
    try {
      const notice = new Notification(words.title, {
        body: words.body,
        // The same tag twice shows one notification, in whichever tab.
        tag: `${channelName}:${key}`,
        icon: iconWith(''),
      })
      notice.addEventListener('click', () => {
        notice.close()
        window.focus()
        open()
      })
      notice.addEventListener('close', () => shown.delete(key))
      shown.set(key, notice)
    } catch {
      // The browser has notifications only for service workers.
    }
  }

  function open(told: Told): void {
    navigate(notificationPath(told) ?? '/notifications')
    // If this fails, the notification stays unread.
    readNotifications([told.id]).catch(() => undefined)
  }

  async function tell(fresh: readonly Told[]): Promise<void> {
    const unseen = fresh.filter(({ room_id }) => !isLookedAt(room_id))
    for (const { id, room_id } of unseen) {
      channel.postMessage({ ask: id, room: room_id } satisfies Word)
      asking.add(id)
    }
    await new Promise((resolve) => setTimeout(resolve, askMs))
    for (const { id } of unseen) asking.delete(id)
    if (end.signal.aborted) return
    const told = unseen.filter(({ id }) => !seen.delete(id) && isUnread(id))
    if (told.length > atOnceMax) {
      const title = t('notifications.many', { count: told.length })
      show('many', { title, body: '' }, () => navigate('/notifications'))
    } else for (const each of told) show(each.id, notificationWords(each), () => open(each))
  }

  const stop = effect(() => {
    const { items } = notifications.value
    const speaks = isSpeaker.value
    if (!items) return
    for (const [key, notice] of shown) {
      const isDone = key === 'many' ? notifications.value.unread === 0 : !isUnread(key)
      if (isDone) notice.close()
    }
    const before = newest
    newest = Math.max(newest ?? 0, items[0]?.id ?? 0)
    if (before === null || !speaks) return
    const fresh = items.filter(({ id, read_at }) => id > before && read_at === null)
    if (fresh.length > 0) void tell(fresh)
  })

  const leave = () => {
    if (!isSpeaker.peek() || newest === null) return
    // A notification that is still being fetched was not shown.
    handOver(userId, Math.min(newest, ...[...asking].map((id) => id - 1)))
  }
  addEventListener('pagehide', leave)

  return () => {
    removeEventListener('pagehide', leave)
    stop()
    end.abort()
    channel.close()
    for (const notice of shown.values()) notice.close()
  }
}

/** Shows a test notification. */
export function showTestNotice(): void {
  const title = t('notifications.testTitle')
  const notice = new Notification(title, {
    body: t('notifications.testText'),
    tag: `${channelName}:test`,
    icon: iconWith(''),
  })
  notice.addEventListener('click', () => {
    notice.close()
    window.focus()
  })
}
