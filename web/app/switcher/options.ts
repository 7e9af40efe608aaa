import { useEffect, useState } from 'preact/hooks'
import type { OtherUser, Room } from '../../../src/client/index.ts'
import { client, myId, rooms } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { listedRooms } from '../rooms/listed-rooms.ts'
import { openRoomId } from '../shell/router.ts'
import { bestOf } from './match.ts'
import { visitedRooms } from './switcher-state.ts'

/** An option of the switcher. */
export type Option =
  | { readonly kind: 'room' | 'join'; readonly key: string; readonly room: Room }
  | { readonly kind: 'person'; readonly key: string; readonly user: OtherUser }
  | { readonly kind: 'search'; readonly key: string }

/** A user who types does not need an answer after each letter. */
const pauseMs = 150
const ownMax = 12
const othersMax = 6

/**
 * The user's rooms. Rooms that were opened in this tab come first, the latest at the top. The others follow in
 * the order of the list, unread ones first.
 */
function ownRooms(): readonly Room[] {
  const visited = visitedRooms.value
  const listed = listedRooms.value
  const recent = visited.flatMap((id) => listed.filter((room) => room.id === id))
  return [...recent, ...listed.filter(({ id }) => !visited.includes(id))]
}

/**
 * The user's rooms that match. With an empty text the open room is left out, because the user wants to go
 * elsewhere.
 */
function ownOptions(typed: string): Option[] {
  const own = ownRooms()
  const shown = typed ? own : own.filter(({ id }) => id !== openRoomId.value)
  return bestOf(typed, shown, ({ title, name, kind, partner }) => [
    title,
    ...(partner ? [partner.username] : []),
    ...(kind === 'public' ? [name] : []),
  ])
    .slice(0, ownMax)
    .map((room) => ({ kind: 'room', key: `room-${room.id}`, room }))
}

interface Others {
  /** The text of the search that found them. */
  readonly typed: string
  readonly users: readonly OtherUser[]
  readonly rooms: readonly Room[]
  readonly hasFailed: boolean
}

const nothing: Others = { typed: '', users: [], rooms: [], hasFailed: false }

export interface Options {
  readonly options: readonly Option[]
  /** Whether the server is still searching for more. */
  readonly isBusy: boolean
  readonly hasFailed: boolean
}

/**
 * The options that match the typed text: first those that are known at once, and below them those from the
 * server.
 */
export function useOptions(typed: string): Options {
  const [others, setOthers] = useState<Others>(nothing)

  useEffect(() => {
    if (!typed) return setOthers(nothing)
    const abort = new AbortController()
    const look = async () => {
      const query = { search: typed, limit: 20 }
      const [users, found] = await Promise.allSettled([
        client.request('GET /api/users/', { query }, abort),
        client.request('GET /api/rooms/', { query }, abort),
      ])
      if (abort.signal.aborted) return
      setOthers({
        typed,
        users: users.status === 'fulfilled' ? users.value.results : [],
        rooms: found.status === 'fulfilled' ? found.value.results : [],
        hasFailed: users.status === 'rejected' || found.status === 'rejected',
      })
    }
    const timer = setTimeout(() => void look(), pauseMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [typed])

  const own = ownOptions(typed)
  const mine = rooms.value ?? []
  const partners = new Set(mine.flatMap(({ partner }) => (partner ? [partner.id] : [])))
  // Options for the previous letters stay while they match, so that nothing flickers.
  const users = bestOf(typed, others.users, (user) => [user.username, nameOf(user)])
    .filter(({ id }) => id !== myId() && !partners.has(id))
    .slice(0, othersMax)
  const joinable = bestOf(typed, others.rooms, ({ title, name }) => [title, name])
    .filter(({ id, kind }) => kind === 'public' && !mine.some((room) => room.id === id))
    .slice(0, othersMax)
  const options: readonly Option[] = typed
    ? [
        ...own,
        ...users.map((user): Option => ({ kind: 'person', key: `person-${user.id}`, user })),
        ...joinable.map((room): Option => ({ kind: 'join', key: `join-${room.id}`, room })),
        { kind: 'search', key: 'search' },
      ]
    : own
  return {
    options,
    isBusy: typed !== '' && others.typed !== typed,
    hasFailed: others.hasFailed && others.typed === typed,
  }
}
