import { useState } from 'preact/hooks'
import type { Session } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { MoreButton } from '../parts/more-button.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { usePages } from '../parts/use-pages.ts'
import { useTask } from '../parts/use-task.ts'
import { formatAgo, formatDate, formatFull } from '../text/format.ts'
import { t } from '../text/text.ts'
import { deviceOf, isPhone } from './device.ts'
import { Saved } from './saved.tsx'
import { SettingsPart } from './settings-part.tsx'

export function SessionSettings() {
  const [isAsking, setAsking] = useState(false)
  const [areEnded, setEnded] = useState(false)
  const { items, error, again, more, change } = usePages(
    0,
    async (cursor) =>
      await client.request('GET /api/sessions/', { query: { ...(cursor && { cursor }) } }),
  )
  if (error) {
    return (
      <Notice icon="warning" title={t('settings.sessionsFailed')} text={error}>
        <button type="button" class="button" onClick={again}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
  if (!items) return <Loading label={t('settings.loadingSessions')} />
  // The present session comes first.
  const sorted = items.toSorted((a, b) => Number(b.current) - Number(a.current))
  return (
    <SettingsPart text={t('settings.sessionsText')}>
      <ul class="settings-list">
        {sorted.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            onEnded={() => change((all) => all.filter(({ id }) => id !== session.id))}
          />
        ))}
      </ul>
      <MoreButton more={more} />
      {items.length > 1 ? (
        <button type="button" class="button danger" onClick={() => setAsking(true)}>
          {t('settings.endOthers')}
        </button>
      ) : (
        !areEnded && <p class="settings-text">{t('settings.onlySession')}</p>
      )}
      <Saved text={areEnded ? t('settings.othersEnded') : null} />
      {isAsking && (
        <ConfirmDialog
          title={t('settings.endOthersTitle')}
          text={t('settings.endOthersText')}
          action={t('settings.endOthers')}
          onConfirm={async () => {
            await client.request('DELETE /api/sessions/')
            change((all) => all.filter(({ current }) => current))
            setEnded(true)
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </SettingsPart>
  )
}

function SessionRow({
  session,
  onEnded,
}: {
  readonly session: Session
  readonly onEnded: () => void
}) {
  const { id, created_at, used_at, address, user_agent, current } = session
  const end = useTask(async () => {
    await client.request('DELETE /api/sessions/{session_id}/', { params: { session_id: id } })
    onEnded()
  })
  const device = deviceOf(user_agent)
  return (
    <li>
      <span class="settings-sign">
        <Icon name={isPhone(user_agent) ? 'phone' : 'screen'} />
      </span>
      <div>
        <b title={user_agent ?? undefined}>{device}</b>
        <small>
          {current ? (
            <span class="tag">{t('settings.thisSession')}</span>
          ) : (
            <time dateTime={used_at} title={formatFull(used_at)}>
              {t('settings.sessionUsed', { when: formatAgo(used_at) })}
            </time>
          )}
          <time dateTime={created_at} title={formatFull(created_at)}>
            {t('settings.sessionBegun', { date: formatDate(created_at) })}
          </time>
          {address && <bdi>{address}</bdi>}
        </small>
        {end.error && <span class="field-error">{end.error}</span>}
      </div>
      {!current && (
        <button
          type="button"
          class="button"
          aria-label={t('settings.endNamed', { device })}
          disabled={end.isBusy}
          onClick={() => void end.run()}
        >
          {t('settings.endSession')}
        </button>
      )}
    </li>
  )
}
