import { useState } from 'preact/hooks'
import type { Ban, Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { MoreButton } from '../parts/more-button.tsx'
import { Loading } from '../parts/notice.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { usePages } from '../parts/use-pages.ts'
import { useTask } from '../parts/use-task.ts'
import { announce } from '../shell/announcer.tsx'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'

/** Lists the bans of the room. A ban can be lifted. Users who are not members can be banned. */
export function BansDialog({
  room,
  onClose,
}: {
  readonly room: Room
  readonly onClose: () => void
}) {
  const [isBanning, setBanning] = useState(false)
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
      <button type="button" class="button" onClick={() => setBanning(true)}>
        {t('details.banSomebody')}
      </button>
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
      {isBanning && (
        <BanDialog
          roomId={room.id}
          onBanned={(ban) =>
            change((all) => [ban, ...all.filter(({ user_id }) => user_id !== ban.user_id)])
          }
          onClose={() => setBanning(false)}
        />
      )}
    </Dialog>
  )
}

/** Bans a user by username, because users who are not members are in no list. */
function BanDialog({
  roomId,
  onBanned,
  onClose,
}: {
  readonly roomId: number
  readonly onBanned: (ban: Ban) => void
  readonly onClose: () => void
}) {
  const task = useTask(async (form: FormData) => {
    const username = valueOf(form, 'username').trim().replace(/^@/, '')
    const reason = valueOf(form, 'reason').trim()
    const ban = await client.request('PUT /api/rooms/{room_id}/bans/{username}/', {
      params: { room_id: roomId, username },
      body: { ...(reason && { reason }) },
    })
    onBanned(ban)
    announce(`${nameOf(ban)}: ${t('details.banned')}`)
    onClose()
  })
  return (
    <Dialog title={t('details.banSomebody')} onClose={onClose}>
      <TaskForm task={task}>
        <Field
          label={t('accounts.username')}
          name="username"
          autocapitalize="none"
          autocomplete="off"
          spellcheck={false}
          required
          pattern="\s*@?[A-Za-z0-9_]{1,32}\s*"
          title={t('details.banSomebodyHint')}
          hint={t('details.banSomebodyHint')}
          autofocus
        />
        <Field
          label={t('details.banReason')}
          name="reason"
          hint={t('details.banReasonHint')}
          maxLength={500}
          autocomplete="off"
        />
        <FormError text={task.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button danger" disabled={task.isBusy}>
            {t('details.banAction')}
          </button>
        </div>
      </TaskForm>
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
