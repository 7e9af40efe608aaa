import { useRef, useState } from 'preact/hooks'
import type { OtherUser, Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/notice.tsx'
import { useTask } from '../parts/use-task.ts'
import { useUserSearch } from '../rooms/direct-dialog.tsx'
import { announce } from '../shell/announcer.tsx'
import { t } from '../text/text.ts'

interface InviteDialogProps {
  readonly room: Room
  /** The members that the page knows. */
  readonly memberIds: ReadonlySet<number>
  readonly onClose: () => void
}

/** Adds people one after another. */
export function InviteDialog({ room, memberIds, onClose }: InviteDialogProps) {
  const [search, setSearch] = useState('')
  const [added, setAdded] = useState<ReadonlySet<number>>(new Set())
  const found = useUserSearch(search.trim())
  return (
    <Dialog title={t('details.inviteTitle', { room: room.title })} onClose={onClose}>
      <Field
        label={t('rooms.person')}
        type="search"
        autocomplete="off"
        autofocus
        onInput={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      {!found && <Loading label={t('common.loading')} />}
      {found && found.length > 0 && (
        <ul class="people" aria-label={t('rooms.people')}>
          {found.map((user) => (
            <Candidate
              key={user.id}
              user={user}
              roomId={room.id}
              state={added.has(user.id) ? 'added' : memberIds.has(user.id) ? 'member' : 'other'}
              onAdded={() => {
                setAdded(new Set([...added, user.id]))
                announce(`${nameOf(user)}: ${t('details.added')}`)
              }}
            />
          ))}
        </ul>
      )}
      {found?.length === 0 && <p class="people-none">{t('rooms.nobodyFound', { search })}</p>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {t('details.done')}
        </button>
      </div>
    </Dialog>
  )
}

function Candidate({
  user,
  roomId,
  state,
  onAdded,
}: {
  readonly user: OtherUser
  readonly roomId: number
  readonly state: 'added' | 'member' | 'other'
  readonly onAdded: () => void
}) {
  const item = useRef<HTMLLIElement>(null)
  const name = nameOf(user)
  const add = useTask(async () => {
    await client.request('PUT /api/rooms/{room_id}/members/{username}/', {
      params: { room_id: roomId, username: user.username },
      body: {},
    })
    // The button goes, so the focus goes to the field, for the next person.
    item.current?.closest('dialog')?.querySelector('input')?.focus()
    onAdded()
  })
  return (
    <li ref={item} class="candidate">
      <div>
        <Avatar id={user.id} name={name} size="s" />
        <bdi class="one-line">{name}</bdi>
        <small class="one-line">
          <bdi dir="ltr">@{user.username}</bdi>
        </small>
        {state === 'other' ? (
          <button
            type="button"
            class="button"
            aria-label={t('details.inviteAction', { name })}
            disabled={add.isBusy}
            onClick={() => void add.run()}
          >
            {t('details.add')}
          </button>
        ) : (
          <span class="candidate-in">
            <Icon name="check" />
            {t(state === 'added' ? 'details.added' : 'details.isMember')}
          </span>
        )}
      </div>
      <FormError text={add.error} />
    </li>
  )
}
