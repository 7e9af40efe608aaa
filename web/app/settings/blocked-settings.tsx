import type { BlockedUser } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { MoreButton } from '../parts/more-button.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { usePages } from '../parts/use-pages.ts'
import { useTask } from '../parts/use-task.ts'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'
import { setBlocked } from '../people/blocks.ts'
import { SettingsPart } from './settings-part.tsx'

export function BlockedSettings() {
  const { items, error, again, more, change } = usePages(
    0,
    async (cursor) =>
      await client.request('GET /api/users/me/blocks/', { query: { ...(cursor && { cursor }) } }),
  )
  if (error) {
    return (
      <Notice icon="warning" title={t('settings.blockedFailed')} text={error}>
        <button type="button" class="button" onClick={again}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
  if (!items) return <Loading label={t('settings.loadingBlocked')} />
  if (items.length === 0 && !more) {
    return (
      <Notice icon="user" title={t('settings.blockedNone')} text={t('settings.blockedNoneText')} />
    )
  }
  return (
    <SettingsPart text={t('settings.blockedText')}>
      <ul class="settings-list">
        {items.map((user) => (
          <BlockedRow
            key={user.id}
            user={user}
            onUnblocked={() => change((all) => all.filter(({ id }) => id !== user.id))}
          />
        ))}
      </ul>
      <MoreButton more={more} />
    </SettingsPart>
  )
}

function BlockedRow({
  user,
  onUnblocked,
}: {
  readonly user: BlockedUser
  readonly onUnblocked: () => void
}) {
  const name = nameOf(user)
  const unblock = useTask(async () => {
    await setBlocked(user.username, false)
    onUnblocked()
  })
  return (
    <li>
      <Avatar id={user.id} name={name} />
      <div>
        <b class="one-line" dir="auto">
          {name}
        </b>
        <small>
          <span>
            <bdi dir="ltr">@{user.username}</bdi>
          </span>
          <span>{t('settings.blockedOn', { date: formatDate(user.blocked_at) })}</span>
        </small>
        {unblock.error && <span class="field-error">{unblock.error}</span>}
      </div>
      <button
        type="button"
        class="button"
        aria-label={t('settings.unblockNamed', { name })}
        disabled={unblock.isBusy}
        onClick={() => void unblock.run()}
      >
        {t('people.unblock')}
      </button>
    </li>
  )
}
