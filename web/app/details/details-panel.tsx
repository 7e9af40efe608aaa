import { useState } from 'preact/hooks'
import type { Room } from '../../../src/client/index.ts'
import { session } from '../chat/client.ts'
import { mayWrite } from '../chat/may-write.ts'
import { holdRoom } from '../chat/held-rooms.ts'
import { FormError } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { Pane } from '../parts/pane.tsx'
import { Segments } from '../parts/segments.tsx'
import { useTask } from '../parts/use-task.ts'
import { Profile } from '../people/profile.tsx'
import { notifyChoices, setNotify } from '../rooms/notify.ts'
import { isPanelAlone } from '../shell/layout.ts'
import { paths } from '../shell/router.ts'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'
import { BansDialog } from './bans-dialog.tsx'
import { DeleteRoomDialog } from './delete-room-dialog.tsx'
import { EditRoomDialog } from './edit-room-dialog.tsx'
import { LeaveDialog } from './leave-dialog.tsx'
import { MemberList } from './member-list.tsx'
import { isModerator } from './rights.ts'
import './details-panel.css'

/** Shows a room, its members, and the settings that the user may change. */
export function DetailsPanel({ roomId }: { readonly roomId: number }) {
  const held = holdRoom(roomId)
  const { room, status } = held.view.value
  return (
    <Pane title={t('conversation.details')} back={paths.room(roomId)} isPanel>
      {!room && status === 'loading' && <Loading label={t('common.loading')} />}
      {status === 'gone' && isPanelAlone.value && (
        <Notice icon="lock" title={t('conversation.goneTitle')} text={t('conversation.goneText')}>
          <a class="button" href="/">
            {t('conversation.toRooms')}
          </a>
        </Notice>
      )}
      {room?.kind === 'direct' && !room.partner && (
        <p class="details-about">{t('conversation.partnerGone')}</p>
      )}
      {room?.kind === 'direct' && room.partner && (
        <Profile key={room.partner.id} person={room.partner} />
      )}
      {room && room.kind !== 'direct' && <About room={room} />}
      {room?.role && <Notify room={room} />}
      {room && room.kind !== 'direct' && <MemberList room={room} held={held} />}
      {room?.role && room.kind !== 'direct' && <Ways room={room} />}
    </Pane>
  )
}

function About({ room }: { readonly room: Room }) {
  const [isEditing, setEditing] = useState(false)
  const { description, created_by, created_by_display_name, created_at, role } = room
  const name = created_by_display_name ?? created_by
  const date = formatDate(created_at)
  return (
    <section class="details-part">
      <div class="details-head">
        <h2>{t('details.about')}</h2>
        {isModerator(role) && mayWrite(room) && (
          <button type="button" class="text-button" onClick={() => setEditing(true)}>
            {t('details.edit')}
          </button>
        )}
      </div>
      {description ? (
        <p class="details-about" dir="auto">
          {description}
        </p>
      ) : (
        isModerator(role) && <p class="details-about">{t('details.noDescription')}</p>
      )}
      <p class="details-note">
        {created_by && created_by === session.value.user?.username
          ? t('conversation.beginningMine', { date })
          : name
            ? t('conversation.beginningBy', { name, date })
            : t('conversation.beginning', { date })}
      </p>
      {isEditing && <EditRoomDialog room={room} onClose={() => setEditing(false)} />}
    </section>
  )
}

function Notify({ room }: { readonly room: Room }) {
  const notify = useTask(
    async (choice: (typeof notifyChoices)[number]) => await setNotify(room.id, choice),
  )
  return (
    <section class="details-part">
      <h2>{t('details.notify')}</h2>
      <Segments
        label={t('details.notify')}
        value={room.notify ?? 'mentions'}
        options={notifyChoices.map((value) => ({ value, label: t(`details.notify_${value}`) }))}
        onChange={(choice) => void notify.run(choice)}
      />
      <FormError text={notify.error} />
    </section>
  )
}

/** The rare actions, and those that cannot be undone. Each opens a dialog. */
function Ways({ room }: { readonly room: Room }) {
  const [open, setOpen] = useState<'bans' | 'leave' | 'delete' | null>(null)
  const close = () => setOpen(null)
  return (
    <section class="details-part details-ways">
      {isModerator(room.role) && (
        <button type="button" class="way" onClick={() => setOpen('bans')}>
          <Icon name="block" />
          {t('details.bans')}
        </button>
      )}
      <button type="button" class="way" onClick={() => setOpen('leave')}>
        <Icon name="leave" />
        {t('details.leave')}
      </button>
      {room.role === 'owner' && (
        <button type="button" class="way danger" onClick={() => setOpen('delete')}>
          <Icon name="trash" />
          {t('details.deleteRoom')}
        </button>
      )}
      {open === 'bans' && <BansDialog room={room} onClose={close} />}
      {open === 'leave' && <LeaveDialog room={room} onClose={close} />}
      {open === 'delete' && <DeleteRoomDialog room={room} onClose={close} />}
    </section>
  )
}
