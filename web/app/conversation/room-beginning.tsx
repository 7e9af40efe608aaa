import type { Room } from '../../../src/client/index.ts'
import { session } from '../chat/client.ts'
import { invitingTo } from '../details/inviting.ts'
import { RoomSign } from '../parts/avatar.tsx'
import { paths } from '../shell/router.ts'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'
import './room-beginning.css'

/** Stands above the first message of a room. */
export function RoomBeginning({
  room,
  isEmpty,
}: {
  readonly room: Room
  readonly isEmpty: boolean
}) {
  const { kind, title, description, created_at, created_by, created_by_display_name } = room
  const me = session.value.user?.username
  const name = created_by_display_name ?? created_by
  return (
    <div class="room-beginning">
      <RoomSign room={room} size="m" />
      <h2 dir="auto">{title}</h2>
      {kind === 'direct' ? (
        <p>{t('conversation.beginningDirect', { name: title })}</p>
      ) : (
        <p>
          {created_by === me
            ? t('conversation.beginningMine', { date: formatDate(created_at) })
            : name
              ? t('conversation.beginningBy', { name, date: formatDate(created_at) })
              : t('conversation.beginning', { date: formatDate(created_at) })}
        </p>
      )}
      {description && (
        <p class="room-about" dir="auto">
          {description}
        </p>
      )}
      {isEmpty && kind !== 'direct' && (room.role === 'owner' || room.role === 'moderator') && (
        <a
          class="button"
          href={paths.room(room.id, 'details')}
          onClick={() => void (invitingTo.value = room.id)}
        >
          {t('conversation.addPeople')}
        </a>
      )}
    </div>
  )
}
