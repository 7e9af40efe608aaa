import { useEffect, useState } from 'preact/hooks'
import type { OtherUser, Room } from '../../../src/client/index.ts'
import { client, myId, rooms } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { listedRooms } from '../rooms/listed-rooms.ts'
import { openRoomId } from '../shell/router.ts'
import { bestOf } from './match.ts'
import { visitedRooms } from './switcher-state.ts'

/** What can be chosen in the switcher. */
export type Option =
  | { readonly kind: 'room' | 'join'; readonly key: string; readonly room: Room }
  | { readonly kind: 'person'; readonly key: string; readonly user: OtherUser }
  | { readonly kind: 'search'; readonly key: string }

/** Who types does not want an answer to each letter. */
const pauseMs = 150
const ownMax = 12
const othersMax = 6

/** The user's rooms: those that were opened last first, then as the list has them, unread ones before the others. */
function ownRooms(): readonly Room[] {
  const visited = visitedRooms.value
  const listed = listedRooms.value
  const recent = visited.flatMap((id) => listed.filter((room) => room.id === id))
  return [...recent, ...listed.filter(({ id }) => !visited.includes(id))]
}

/** Rooms of the user that fit. With nothing typed the one that is open is none of them: one wants to go elsewhere. */
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
  /** What they were looked for by. */
  readonly typed: string
  readonly users: readonly OtherUser[]
  readonly rooms: readonly Room[]
  readonly hasFailed: boolean
}

const nothing: Others = { typed: '', users: [], rooms: [], hasFailed: false }

export interface Options {
  readonly options: readonly Option[]
  /** More is being looked up on the server. */
  readonly isBusy: boolean
  readonly hasFailed: boolean
}

/** What fits what was typed: what is known at once, and then what the server knows, below it. */
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
  // Those of the letters before stay while they fit, so that nothing flickers.
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
