import { Icon } from './icon.tsx'
import type { Room } from '../../../src/client/index.ts'
import './avatar.css'

interface AvatarProps {
  /** null is a deleted account. */
  readonly id: number | null
  readonly name: string
  readonly size?: 's' | 'm' | 'l'
  readonly online?: boolean
}

/** The same person has the same hue everywhere. Ids that follow one another get very different hues. */
const hueOf = (id: number) => Math.round((id * 137.508) % 360)

const isWord = /[\p{L}\p{N}]/u

/** Returns the first letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s_.-]+/).filter((word) => isWord.test(word))
  const first = words[0] ?? name
  const last = words.length > 1 ? words.at(-1)! : ''
  const letter = (word: string) => Array.from(word).find((sign) => isWord.test(sign)) ?? ''
  const one = last ? letter(first) + letter(last) : Array.from(first).slice(0, 2).join('')
  return one.toLocaleUpperCase()
}

/** An avatar. It repeats the name beside it, so screen readers skip it. */
export function Avatar({ id, name, size = 'm', online = false }: AvatarProps) {
  const classes = `avatar ${size}${online ? ' online' : ''}${id === null ? ' nobody' : ''}`
  return (
    <span class={classes} style={{ '--hue': hueOf(id ?? 0) }} aria-hidden="true">
      {id === null ? <Icon name="user" /> : initialsOf(name)}
    </span>
  )
}

/** The icon of a room, or the avatar of the partner of a direct chat. */
export function RoomSign({ room, size = 's' }: { readonly room: Room; readonly size?: 's' | 'm' }) {
  if (room.kind === 'direct') {
    const { partner } = room
    return (
      <Avatar
        id={partner?.id ?? null}
        name={room.title}
        size={size}
        online={partner?.online ?? false}
      />
    )
  }
  return (
    <span class={`room-sign ${size}`} aria-hidden="true">
      <Icon name={room.kind === 'private' ? 'lock' : 'hash'} />
    </span>
  )
}
