import { useEffect } from 'preact/hooks'
import { client, myId } from '../chat/client.ts'
import { holdRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { FormError } from '../parts/field.tsx'
import { Loading } from '../parts/notice.tsx'
import { Pane } from '../parts/pane.tsx'
import { useTask } from '../parts/use-task.ts'
import { paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import '../parts/segments.css'
import './details-panel.css'

const choices = ['all', 'mentions', 'none'] as const

/** What there is to know of a room, and who is in it. */
export function DetailsPanel({ roomId }: { readonly roomId: number }) {
  const { handle, view } = holdRoom(roomId)
  const { room, members, status } = view.value
  const load = useTask(async () => await handle.loadMembers())
  const isReady = status === 'ready'
  useEffect(() => {
    if (isReady && members === null) void load.run()
  }, [roomId, isReady])
  const notify = useTask(async (choice: (typeof choices)[number]) => {
    await client.request('PUT /api/rooms/{room_id}/notify/', {
      params: { room_id: roomId },
      body: { notify: choice },
    })
  })
  const leave = useTask(async () => {
    await client.request('POST /api/rooms/{room_id}/leave/', { params: { room_id: roomId } })
  })
  return (
    <Pane title={t('conversation.details')} back={paths.room(roomId)} isPanel>
      {room?.description && (
        <section class="details-part">
          <h2>{t('details.about')}</h2>
          <p class="details-about" dir="auto">
            {room.description}
          </p>
        </section>
      )}
      {room?.role && (
        <section class="details-part">
          <h2 id="notify">{t('details.notify')}</h2>
          <div class="segments" role="radiogroup" aria-labelledby="notify">
            {choices.map((choice) => (
              <label key={choice}>
                <input
                  type="radio"
                  name="notify"
                  checked={room.notify === choice}
                  onChange={() => void notify.run(choice)}
                />
                {t(`details.notify_${choice}`)}
              </label>
            ))}
          </div>
          <FormError text={notify.error} />
        </section>
      )}
      {room && room.kind !== 'direct' && (
        <section class="details-part">
          <h2>{t('details.members', { count: room.member_count })}</h2>
          <FormError text={load.error} />
          {!members && !load.error && <Loading label={t('common.loading')} />}
          <ul>
            {members?.map((member) => (
              <li key={member.user_id} class="member">
                <Avatar id={member.user_id} name={nameOf(member)} size="s" />
                <bdi class="one-line" title={`@${member.username}`}>
                  {nameOf(member)}
                </bdi>
                <small>
                  {member.user_id === myId()
                    ? t('details.you')
                    : member.role === 'member'
                      ? ''
                      : t(`details.role_${member.role}`)}
                </small>
              </li>
            ))}
          </ul>
        </section>
      )}
      {room?.role && room.kind !== 'direct' && (
        <section class="details-part">
          <FormError text={leave.error} />
          <button
            type="button"
            class="button"
            disabled={leave.isBusy}
            onClick={() => void leave.run()}
          >
            {t('details.leave')}
          </button>
        </section>
      )}
    </Pane>
  )
}
