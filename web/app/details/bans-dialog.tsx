import type { Ban, Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FormError } from '../parts/field.tsx'
import { MoreButton } from '../parts/more-button.tsx'
import { Loading } from '../parts/notice.tsx'
import { usePages } from '../parts/use-pages.ts'
import { useTask } from '../parts/use-task.ts'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'

/** Who is banned from the room; a ban can be lifted. */
export function BansDialog({
  room,
  onClose,
}: {
  readonly room: Room
  readonly onClose: () => void
}) {
  const params = { room_id: room.id }
  const { items, error, again, more, change } = usePages(
    room.id,
    async (cursor) =>
      await client.request('GET /api/rooms/{room_id}/bans/', {
        params,
        query: { ...(cursor && { cursor }) },
      }),
  )
  return (
    <Dialog title={t('details.bans')} onClose={onClose}>
      {error && (
        <>
          <FormError text={`${t('details.bansFailed')} ${error}`} />
          <button type="button" class="button" onClick={again}>
            {t('common.tryAgain')}
          </button>
        </>
      )}
      {!items && !error && <Loading label={t('common.loading')} />}
      {items?.length === 0 && !more && <p class="details-about">{t('details.bansNone')}</p>}
      <ul class="bans">
        {items?.map((ban) => (
          <BanRow
            key={ban.user_id}
            ban={ban}
            roomId={room.id}
            onLifted={() => change((all) => all.filter(({ user_id }) => user_id !== ban.user_id))}
          />
        ))}
      </ul>
      <MoreButton more={more} />
    </Dialog>
  )
}

function BanRow({
  ban,
  roomId,
  onLifted,
}: {
  readonly ban: Ban
  readonly roomId: number
  readonly onLifted: () => void
}) {
  const { user_id, username, reason, banned_by, banned_by_display_name, banned_at } = ban
  const name = nameOf(ban)
  const by = banned_by_display_name ?? banned_by
  const date = formatDate(banned_at)
  const lift = useTask(async () => {
    await client.request('DELETE /api/rooms/{room_id}/bans/{username}/', {
      params: { room_id: roomId, username },
    })
    onLifted()
  })
  return (
    <li class="ban">
      <Avatar id={user_id} name={name} size="s" />
      <div>
        <b class="one-line" dir="auto" title={`@${username}`}>
          {name}
        </b>
        {reason && (
          <span class="ban-reason" dir="auto">
            {reason}
          </span>
        )}
        <small>
          {by ? t('details.bannedBy', { name: by, date }) : t('details.bannedOn', { date })}
        </small>
        <FormError text={lift.error} />
      </div>
      <button
        type="button"
        class="button"
        aria-label={t('details.liftNamed', { name })}
        disabled={lift.isBusy}
        onClick={() => void lift.run()}
      >
        {t('details.lift')}
      </button>
    </li>
  )
}
