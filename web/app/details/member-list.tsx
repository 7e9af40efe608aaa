import { useEffect, useState } from 'preact/hooks'
import type { Member, Room } from '../../../src/client/index.ts'
import { myId } from '../chat/client.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { useIsOnline } from '../chat/online-count.ts'
import { onlineText } from '../chat/online-text.ts'
import { Field, FormError } from '../parts/field.tsx'
import { MenuButton, type MenuItem } from '../parts/menu.tsx'
import { Loading } from '../parts/notice.tsx'
import { useTask } from '../parts/use-task.ts'
import { PersonAvatar } from '../people/person-avatar.tsx'
import { shownProfile } from '../people/shown-profile.ts'
import { UsernameTag } from '../people/username-tag.tsx'
import { t } from '../text/text.ts'
import { InviteDialog } from './invite-dialog.tsx'
import { type Act, MemberDialog, setRole } from './member-dialog.tsx'
import { invitingTo } from './inviting.ts'
import { isModerator, mayRemove } from './rights.ts'
import { useFurtherMembers } from './use-further-members.ts'

/** How many rows are added at once. A room may have thousands of members. */
const stretch = 100
/** How many pages a search in a large room reads at once. */
const searchPages = 10
/** With this many members, the list has a search field. */
const filterFrom = 20

const order = { owner: 0, moderator: 1, member: 2 } as const

interface MemberListProps {
  readonly room: Room
  readonly held: HeldRoom
}

export function MemberList({ room, held: { handle, view } }: MemberListProps) {
  const { members, hasMoreMembers, status } = view.value
  const [shown, setShown] = useState(stretch)
  const [search, setSearch] = useState('')
  const isInviting = invitingTo.value === room.id
  const [asked, setAsked] = useState<{ act: Act; member: Member } | null>(null)
  const load = useTask(async () => await handle.loadMembers())
  useEffect(() => () => void (invitingTo.value = null), [room.id])
  const isReady = status === 'ready'
  useEffect(() => {
    if (isReady && members === null) void load.run()
  }, [room.id, isReady])
  const change = useTask(
    async (member: Member, role: 'moderator' | 'member') =>
      await setRole(room.id, member.username, role),
  )
  const further = useFurtherMembers(room.id, members ?? [], hasMoreMembers)
  const all = [...(members ?? []), ...further.members]
  const wanted = search.trim().toLocaleLowerCase()
  const sorted = all
    .filter(
      ({ username, display_name }) =>
        !wanted ||
        username.toLowerCase().includes(wanted) ||
        !!display_name?.toLocaleLowerCase().includes(wanted),
    )
    .toSorted((a, b) => order[a.role] - order[b.role])
  const online = onlineText(room.id)
  const isWhole = !hasMoreMembers || further.isWhole

  const itemsFor = (member: Member): readonly MenuItem[] => {
    if (member.user_id === myId()) return []
    const items: MenuItem[] = []
    const ask = (act: Act) => () => setAsked({ act, member })
    if (room.role === 'owner') {
      if (member.role !== 'owner')
        items.push({ label: t('details.makeOwner'), onSelect: ask('own') })
      if (member.role !== 'moderator')
        items.push({
          label: t('details.makeModerator'),
          onSelect: () => void change.run(member, 'moderator'),
        })
      if (member.role !== 'member')
        items.push({
          label: t('details.makeMember'),
          onSelect: () => void change.run(member, 'member'),
        })
    }
    if (mayRemove(room.role, member.role)) {
      items.push(
        { label: t('details.remove'), isDanger: true, onSelect: ask('remove') },
        { label: t('details.ban'), isDanger: true, onSelect: ask('ban') },
      )
    }
    return items
  }

  return (
    <section class="details-part">
      <div class="details-head">
        <h2>
          {t('details.members', { count: room.member_count })}
          {online && <span class="details-online"> · {online}</span>}
        </h2>
        {isModerator(room.role) && (
          <button
            type="button"
            class="text-button"
            onClick={() => void (invitingTo.value = room.id)}
          >
            {t('details.invite')}
          </button>
        )}
      </div>
      {all.length > filterFrom && (
        <Field
          label={t('details.filter')}
          type="search"
          autocomplete="off"
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value)
            setShown(stretch)
          }}
        />
      )}
      <FormError text={load.error ?? change.error ?? further.more.error} />
      {load.error && (
        <button type="button" class="button" onClick={() => void load.run()}>
          {t('common.tryAgain')}
        </button>
      )}
      {!members && !load.error && <Loading label={t('common.loading')} />}
      <ul>
        {sorted.slice(0, shown).map((member) => (
          <MemberRow key={member.user_id} member={member} items={itemsFor(member)} />
        ))}
      </ul>
      {members && sorted.length === 0 && isWhole && (
        <p class="details-about">{t('details.noneMatch', { search })}</p>
      )}
      {(sorted.length > shown || !isWhole) && members && (
        <button
          type="button"
          class="button"
          disabled={further.more.isBusy}
          onClick={() => {
            setShown(shown + stretch)
            if (sorted.length > shown + stretch || isWhole) return
            void further.more.run(wanted ? searchPages : 1)
          }}
        >
          {wanted && sorted.length <= shown ? t('details.lookFurther') : t('common.more')}
        </button>
      )}
      {isInviting && (
        <InviteDialog
          room={room}
          memberIds={new Set(all.map(({ user_id }) => user_id))}
          onClose={() => void (invitingTo.value = null)}
        />
      )}
      {asked && <MemberDialog room={room} {...asked} onClose={() => setAsked(null)} />}
    </section>
  )
}

function MemberRow({
  member,
  items,
}: {
  readonly member: Member
  readonly items: readonly MenuItem[]
}) {
  const { user_id: id, username, display_name, role } = member
  const name = nameOf(member)
  const isOnline = useIsOnline(id)
  return (
    <li class="member">
      <button
        type="button"
        class="member-who"
        title={`@${username}`}
        onClick={() => void (shownProfile.value = { id, username, display_name })}
      >
        <PersonAvatar id={id} name={name} size="s" />
        <span class="member-name">
          <bdi class="one-line">{name}</bdi>
          <UsernameTag id={id} username={username} displayName={display_name} />
        </span>
        <small>
          {id === myId() ? t('details.you') : role === 'member' ? '' : t(`details.role_${role}`)}
        </small>
        {isOnline && <span class="visually-hidden">{t('conversation.online')}</span>}
      </button>
      {items.length > 0 && (
        <MenuButton icon="more" label={t('details.actions', { name })} items={items} />
      )}
    </li>
  )
}
