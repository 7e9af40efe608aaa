import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { LastMessage, Room } from '../../../src/client/index.ts'
import { myId } from '../chat/client.ts'
import { draftedRooms, draftOf } from '../chat/drafts.ts'
import { nameOf } from '../chat/names.ts'
import { plainLine } from '../markdown/plain-line.tsx'
import { plainText } from '../markdown/plain-text.ts'
import { RoomSign } from '../parts/avatar.tsx'
import { UsernameTag } from '../people/username-tag.tsx'
import { openRoomId, paths, route } from '../shell/router.ts'
import { formatBrief, formatUnread } from '../text/format.ts'
import { rich, t } from '../text/text.ts'
import { mentions } from './listed-rooms.ts'
import { attentionOf } from './room-order.ts'
import './room-row.css'

/** A room of the list. It is a link, so that it can be opened in another tab. */
export function RoomRow({ room }: { readonly room: Room }) {
  const { id, title, last_message: last, last_event_at, notify, partner } = room
  const { isUnread, count } = attentionOf(room, mentions.value)
  // Going from room to room renders only two of the rows.
  const isHere = useComputed(() => openRoomId.value === id).value
  const hasDraft = useComputed(() => openRoomId.value !== id && draftedRooms.value.has(id)).value
  const at = last?.timestamp ?? last_event_at
  // Open details beside the conversation stay open.
  const panel = useComputed(() =>
    route.value.name === 'room' && route.value.panel === 'details' && isWide() ? 'details' : null,
  ).value
  return (
    <a
      href={paths.room(id, panel)}
      class={`room-row${isUnread ? ' unread' : ''}${notify === 'none' ? ' muted' : ''}`}
      aria-current={isHere ? 'page' : undefined}
      draggable={false}
    >
      <RoomSign room={room} />
      <span class="room-title one-line" dir="auto">
        {title}
        {partner && (
          <>
            {' '}
            <UsernameTag id={partner.id} username={partner.username} displayName={title} />
          </>
        )}
      </span>
      <time class="room-time" dateTime={at}>
        {formatBrief(at)}
      </time>
      <span class={hasDraft ? 'room-last room-draft' : 'room-last'}>
        {hasDraft ? rich('rooms.draft', { text: cut(draftOf(id).text) }) : lastLine(room, last)}
      </span>
      {count > 0 ? (
        <span class="badge" aria-hidden="true">
          {formatUnread(count)}
        </span>
      ) : (
        isUnread && <span class="unread-dot" />
      )}
      <span class="visually-hidden">
        {[
          isUnread ? t('rooms.unreadCount', { count: room.unread ?? 0 }) : '',
          count > 0 && room.kind !== 'direct' ? t('rooms.mentionCount', { count }) : '',
          partner?.online ? t('conversation.online') : '',
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
    </a>
  )
}

const wide = matchMedia('(min-width: 1100px)')
const isWide = () => wide.matches

/** Each part is cut at its own end. In a text of the other direction that is the other side. */
const cut = (text: string) => <bdi class="one-line">{plainLine(text)}</bdi>

function lastLine(room: Room, last: LastMessage | null): ComponentChildren {
  if (!last) return t('rooms.noMessages')
  const text = cut(last.text === null ? t('conversation.deleted') : plainText(last.text))
  if (last.user_id === myId()) return rich('rooms.lastMine', { text })
  return room.kind === 'direct' ? text : rich('rooms.lastOf', { name: cut(nameOf(last)), text })
}
