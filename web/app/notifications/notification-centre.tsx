import { signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Notification } from '../../../src/client/index.ts'
import { notifications } from '../chat/client.ts'
import { FormError } from '../parts/field.tsx'
import { moveThrough } from '../parts/list-keys.ts'
import { Loading, Notice } from '../parts/notice.tsx'
import { Pane } from '../parts/pane.tsx'
import { Segments } from '../parts/segments.tsx'
import { explain, useTask } from '../parts/use-task.ts'
import { announce } from '../shell/announcer.tsx'
import { formatDay, isSameDay } from '../text/format.ts'
import { t } from '../text/text.ts'
import { BrowserNotices } from './browser-notices.tsx'
import { NotificationRow } from './notification-row.tsx'
import { readNotifications, useNotifications } from './use-notifications.ts'
import './notifications.css'

/** The choice stays when the user follows a notification and comes back. */
const filter = signal<'all' | 'unread'>('all')

/** Lists all or unread notifications, the newest first. */
export function NotificationCentre() {
  const list = useRef<HTMLDivElement>(null)
  const isUnreadOnly = filter.value === 'unread'
  const { unread } = notifications.value
  const readAll = useTask(async () => {
    await readNotifications('all')
    announce(t('notifications.allAreRead'))
  })
  return (
    <Pane
      title={t('notifications.title')}
      back="/"
      action={
        <button
          type="button"
          class="button"
          disabled={unread === 0 || readAll.isBusy}
          onClick={() => void readAll.run()}
        >
          {t('notifications.readAll')}
        </button>
      }
    >
      <div
        ref={list}
        class="notification-centre"
        onKeyDown={(event) => moveThrough(event, 'a.notification-link')}
      >
        <BrowserNotices />
        <Segments
          label={t('notifications.show')}
          value={filter.value}
          options={[
            { value: 'all', label: t('notifications.all') },
            { value: 'unread', label: t('notifications.unread') },
          ]}
          onChange={(next) => void (filter.value = next)}
        />
        <FormError text={readAll.error} />
        <List key={filter.value} isUnreadOnly={isUnreadOnly} />
      </div>
    </Pane>
  )
}

function List({ isUnreadOnly }: { readonly isUnreadOnly: boolean }) {
  const { items, failure, again, more } = useNotifications(isUnreadOnly)
  const list = useRef<HTMLDivElement>(null)
  const read = useTask(async ({ id }: Notification) => {
    // The button disappears after it is used. The focus moves to the next row.
    const row = list.current?.querySelector(`[data-id="${id}"]`)
    const hadFocus = row?.contains(document.activeElement) === true
    const rows = [...(list.current?.querySelectorAll('.notification') ?? [])]
    const next = isUnreadOnly ? (rows[rows.indexOf(row!) + 1] ?? rows[rows.indexOf(row!) - 1]) : row
    await readNotifications([id])
    if (hadFocus) {
      announce(t('notifications.oneIsRead'))
      next?.querySelector<HTMLElement>('a, button')?.focus()
    }
  })

  if (!items) {
    if (failure === null) return <Loading label={t('notifications.loading')} />
    return (
      <Notice icon="warning" title={t('notifications.failed')} text={explain(failure)}>
        <button type="button" class="button" onClick={again}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
  if (items.length === 0 && !more) {
    return isUnreadOnly ? (
      <Notice
        icon="check"
        title={t('notifications.noneUnreadTitle')}
        text={t('notifications.noneUnreadText')}
      />
    ) : (
      <Notice icon="bell" title={t('notifications.noneTitle')} text={t('notifications.noneText')} />
    )
  }
  return (
    <div ref={list} class="notification-list">
      <FormError text={read.error} />
      {byDay(items).map((day) => (
        <section key={day[0]!.created_at.slice(0, 10)}>
          <h2>{formatDay(day[0]!.created_at)}</h2>
          <ul>
            {day.map((notification) => (
              <NotificationRow
                key={notification.id}
                notification={notification}
                isBusy={read.isBusy}
                onRead={() => void read.run(notification)}
              />
            ))}
          </ul>
        </section>
      ))}
      {failure !== null && (
        <p class="notification-failed">
          {explain(failure)}{' '}
          <button type="button" class="text-button" onClick={again}>
            {t('common.tryAgain')}
          </button>
        </p>
      )}
      <FormError text={more?.error ?? null} />
      {more && (
        <button
          type="button"
          class="button notification-more"
          disabled={more.isBusy}
          onClick={() => void more.run()}
        >
          {t('common.more')}
        </button>
      )}
    </div>
  )
}

function byDay(items: readonly Notification[]): Notification[][] {
  const days: Notification[][] = []
  for (const item of items) {
    const day = days.at(-1)
    if (day && isSameDay(day[0]!.created_at, item.created_at)) day.push(item)
    else days.push([item])
  }
  return days
}
