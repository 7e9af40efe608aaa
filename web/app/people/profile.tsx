import { useEffect, useState } from 'preact/hooks'
import { client, myId, profile as mine, rooms } from '../chat/client.ts'
import { useIsOnline } from '../chat/online-count.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { FormError } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/notice.tsx'
import { useTask } from '../parts/use-task.ts'
import { openDirect } from '../rooms/listed-rooms.ts'
import { navigate, openRoomId } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { setBlocked } from './blocks.ts'
import { reported } from './reporting.ts'
import type { Person } from './shown-profile.ts'
import './profile.css'

interface Known {
  readonly bio: string
  readonly isBlocked: boolean
}

const pageSize = 100

/** A search does not find blocked users. The list of blocked users does. */
async function lookUp({ id, username }: Person): Promise<Known> {
  const query = { search: username, limit: pageSize }
  const { results } = await client.request('GET /api/users/', { query })
  const found = results.find((user) => user.id === id)
  if (found) return { bio: found.bio, isBlocked: false }
  const blocks = await client.request('GET /api/users/me/blocks/', { query: { limit: pageSize } })
  const blocked = blocks.results.find((user) => user.id === id)
  return { bio: blocked?.bio ?? '', isBlocked: blocked !== undefined }
}

interface ProfileProps {
  readonly person: Person
  /** Called when the profile has led to another page. */
  readonly onLeave?: () => void
}

/** Shows a user, with buttons to write to them or to block them. */
export function Profile({ person, onLeave }: ProfileProps) {
  const { id, username } = person
  const name = nameOf(person)
  const isMe = id === myId()
  const [known, setKnown] = useState<Known | null>(null)
  const [isAsking, setAsking] = useState(false)
  const load = useTask(async () => setKnown(await lookUp(person)))
  useEffect(() => {
    if (!isMe) void load.run()
  }, [id])
  const write = useTask(async () => {
    await openDirect(username)
    onLeave?.()
  })
  const unblock = useTask(async () => {
    await setBlocked(username, false)
    setKnown((now) => now && { ...now, isBlocked: false })
  })
  const isOnline = useIsOnline(id)
  const isTheirChat = rooms.value?.some(
    (room) => room.id === openRoomId.value && room.partner?.id === id,
  )
  const bio = isMe ? mine.value?.bio : known?.bio
  return (
    <div class="profile">
      <div class="profile-head">
        <Avatar id={id} name={name} size="l" online={isOnline} />
        <div>
          <b dir="auto">{name}</b>
          <small>
            <bdi dir="ltr">@{username}</bdi>
          </small>
          {isOnline && <small class="profile-online">{t('conversation.online')}</small>}
        </div>
      </div>
      {!isMe && !known && !load.error && <Loading label={t('people.loading')} />}
      {bio && (
        <p class="profile-bio" dir="auto">
          {bio}
        </p>
      )}
      <FormError text={load.error ?? write.error ?? unblock.error} />
      {load.error && (
        <button type="button" class="button" onClick={() => void load.run()}>
          {t('common.tryAgain')}
        </button>
      )}
      {isMe && (
        <>
          <p class="profile-note">{t('people.itsYou')}</p>
          <div class="profile-actions">
            <a class="button" href="/settings/profile" onClick={onLeave}>
              <Icon name="edit" />
              {t('people.editMine')}
            </a>
          </div>
        </>
      )}
      {known?.isBlocked && <p class="profile-note">{t('people.blocked', { name })}</p>}
      {!isMe && (
        <div class="profile-actions">
          {known?.isBlocked && (
            <button
              type="button"
              class="button"
              disabled={unblock.isBusy}
              onClick={() => void unblock.run()}
            >
              {t('people.unblock')}
            </button>
          )}
          {known && !known.isBlocked && (
            <>
              {!isTheirChat && (
                <button
                  type="button"
                  class="button primary"
                  disabled={write.isBusy}
                  onClick={() => void write.run()}
                >
                  <Icon name="send" />
                  {t('people.message')}
                </button>
              )}
              <button type="button" class="button danger" onClick={() => setAsking(true)}>
                <Icon name="block" />
                {t('people.block')}
              </button>
            </>
          )}
          <button
            type="button"
            class="button"
            onClick={() => void (reported.value = { what: 'user', username, name })}
          >
            <Icon name="flag" />
            {t('people.report')}
          </button>
        </div>
      )}
      {isAsking && (
        <ConfirmDialog
          title={t('people.blockTitle', { name })}
          text={t('people.blockText')}
          action={t('people.block')}
          onConfirm={async () => {
            await setBlocked(username, true)
            setKnown((now) => now && { ...now, isBlocked: true })
            // The direct chat with this user leaves the list.
            if (isTheirChat) navigate('/', { replace: true })
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}
