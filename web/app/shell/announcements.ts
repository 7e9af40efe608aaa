/** [N3] The announcements of admins. They are requested with each connection, and pushed in between. */
import { computed, effect, signal } from '@preact/signals'
import type { Announcement } from '../../../src/client/index.ts'
import { client, connection } from '../chat/client.ts'
import { onFrame } from '../chat/heard-socket.ts'

const all = signal<readonly Announcement[]>([])
const now = signal(Date.now())

const storageKey = 'quick-connect.dismissed'

function readDismissed(): readonly number[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    return Array.isArray(ids) ? ids.filter((id) => Number.isSafeInteger(id)) : []
  } catch {
    return []
  }
}

const dismissed = signal(readDismissed())

/** Hides an announcement in this browser. Ids of announcements that ended long ago are deleted. */
export function dismissAnnouncement(id: number): void {
  dismissed.value = [...dismissed.value, id].slice(-50)
  try {
    localStorage.setItem(storageKey, JSON.stringify(dismissed.value))
  } catch {
    // It is hidden until the page is loaded again.
  }
}

const isShown = ({ id, begins_at, ends_at, dismissible }: Announcement) =>
  Date.parse(begins_at) <= now.value &&
  Date.parse(ends_at) > now.value &&
  !(dismissible && dismissed.value.includes(id))

export const announcements = computed(() => all.value.filter(isShown))

/** Those that were pushed since the last request began: its answer may be from before them. */
let pushed: Announcement[] = []

async function load(): Promise<void> {
  const pushedSince: Announcement[] = []
  pushed = pushedSince
  const { results } = await client.request('GET /api/announcements/')
  // Without this, the answer of an earlier request could replace that of a later one.
  if (pushed === pushedSince) all.value = pushedSince.reduce(withAnnouncement, results)
}

function put(announcement: Announcement): void {
  now.value = Date.now()
  pushed.push(announcement)
  all.value = withAnnouncement(all.value, announcement)
}

function withAnnouncement(list: readonly Announcement[], announcement: Announcement) {
  const others = list.filter(({ id }) => id !== announcement.id)
  return [...others, announcement].toSorted((a, b) => a.id - b.id)
}

/** The longest time of a timer. */
const timerMaxMs = 2 ** 31 - 1

export function watchAnnouncements(): void {
  effect(() => {
    if (connection.value.name !== 'connected') return
    now.value = Date.now()
    load().catch(() => undefined)
  })
  onFrame((frame) => {
    // Most frames are messages. Only frames that may be announcements are parsed.
    if (!frame.includes('"announcement"')) return
    for (const event of [JSON.parse(frame) as unknown].flat()) {
      if (isAnnouncement(event)) put(event)
    }
  })
  // An announcement may begin or end while the page is open.
  effect(() => {
    const times = all.value.flatMap(({ begins_at, ends_at }) =>
      [begins_at, ends_at].map(Date.parse),
    )
    const next = Math.min(...times.filter((at) => at > now.value))
    if (next === Infinity) return undefined
    const timer = setTimeout(
      () => void (now.value = Date.now()),
      Math.min(timerMaxMs, Math.max(0, next - Date.now()) + 50),
    )
    return () => clearTimeout(timer)
  })
}

function isAnnouncement(event: unknown): event is Announcement {
  return (
    typeof event === 'object' && event !== null && 'type' in event && event.type === 'announcement'
  )
}
