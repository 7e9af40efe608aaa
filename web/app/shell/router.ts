import { computed, signal } from '@preact/signals'

/** The page that the address names. */
export type Route =
  | {
      readonly name:
        'home' | 'login' | 'register' | 'password' | 'browse' | 'notifications' | 'unknown'
    }
  | { readonly name: 'settings'; readonly page: string }
  | { readonly name: 'search'; readonly query: string; readonly room: number | null }
  | {
      readonly name: 'room'
      readonly id: number
      /** The message of the link. */
      readonly seq: number | null
      readonly panel: 'details' | 'search' | null
      /** The query of the room's search panel. */
      readonly query: string
    }

const address = signal(location.pathname + location.search)

function parse(from: string): Route {
  const { pathname, searchParams } = new URL(from, location.origin)
  const [first = '', second = '', third, fourth] = pathname.split('/').filter(Boolean)
  const id = /^[1-9]\d{0,14}$/.test(second) ? Number(second) : null
  switch (first) {
    case '':
      return { name: 'home' }
    case 'login':
    case 'register':
    case 'password':
    case 'browse':
    case 'notifications':
      return second ? { name: 'unknown' } : { name: first }
    case 'settings':
      return { name: 'settings', page: second }
    case 'search': {
      const room = Number(searchParams.get('room'))
      return { name: 'search', query: searchParams.get('q') ?? '', room: room || null }
    }
    case 'rooms': {
      if (id === null) return { name: 'unknown' }
      const panel = third === 'details' || third === 'search' ? third : null
      // A search stays open beside a message that it has found.
      const seq = Number(
        third === 'messages' ? fourth : panel === 'search' ? searchParams.get('at') : 0,
      )
      const query = panel === 'search' ? (searchParams.get('q') ?? '') : ''
      if (third !== undefined && !panel && !(seq > 0)) return { name: 'unknown' }
      return { name: 'room', id, seq: seq > 0 ? seq : null, panel, query }
    }
    default:
      return { name: 'unknown' }
  }
}

export const route = computed(() => parse(address.value))

/** The room whose conversation is shown. */
export const openRoomId = computed(() => (route.value.name === 'room' ? route.value.id : null))

/** Counts visits, so that a link to the message that is shown already leads there again. */
export const visits = signal(0)

export function navigate(to: string, { replace = false } = {}): void {
  const url = new URL(to, location.origin)
  const next = url.pathname + url.search
  if (replace) history.replaceState({ depth: depth() }, '', next)
  else if (next !== address.peek()) history.pushState({ depth: depth() + 1 }, '', next)
  address.value = next
  visits.value++
}

/** How many pages of the app are before this one in the history. */
function depth(): number {
  const state: unknown = history.state
  return state && typeof state === 'object' && 'depth' in state ? Number(state.depth) : 0
}

/** Goes back within the app. If the app was entered on this page, goes to `otherwise`. */
export function goBack(otherwise: string): void {
  if (depth() > 0) history.back()
  else navigate(otherwise, { replace: true })
}

export const paths = {
  room: (id: number, panel?: 'details' | 'search' | null) =>
    panel ? `/rooms/${id}/${panel}` : `/rooms/${id}`,
  message: (id: number, seq: number) => `/rooms/${id}/messages/${seq}`,
  /** A search in a room, beside one of its found messages. */
  roomSearch: (id: number, query: string, at?: number) =>
    withQuery(`/rooms/${id}/search`, { q: query, at }),
  search: (query: string, room?: number | null) => withQuery('/search', { q: query, room }),
} as const

/** Returns an address with those of the values that are given. */
function withQuery(
  path: string,
  values: Readonly<Record<string, string | number | null | undefined>>,
): string {
  const given = Object.entries(values).filter(([, value]) => value)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return given.length > 0 ? `${path}?${search}` : path
}

/** Paths of other pages on the same server. */
const isElsewhere = (path: string) => /^\/(api|docs|admin|assets|ws)(\/|$)|\.\w+$/.test(path)

/** The app's links are ordinary links. This handles a plain click on them. */
export function watchLinks(): void {
  addEventListener('popstate', () => {
    address.value = location.pathname + location.search
    visits.value++
  })
  document.addEventListener('click', (event) => {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    const target = event.target instanceof Element ? event.target.closest('a') : null
    if (!isPlain || event.defaultPrevented || !target || target.target) return
    if (target.hasAttribute('download') || target.origin !== location.origin) return
    if (isElsewhere(target.pathname)) return
    event.preventDefault()
    navigate(target.pathname + target.search)
  })
}
