import { useState } from 'preact/hooks'
import type { Room } from '../../../src/client/index.ts'
import { rooms } from '../chat/client.ts'
import { BrowserNotices } from '../notifications/browser-notices.tsx'
import { showTestNotice } from '../notifications/notices.ts'
import { noticesState } from '../notifications/permission.ts'
import { RoomSign } from '../parts/avatar.tsx'
import { FormError } from '../parts/field.tsx'
import { Loading } from '../parts/notice.tsx'
import { useTask } from '../parts/use-task.ts'
import { notifyChoices, setNotify } from '../rooms/notify.ts'
import { t } from '../text/text.ts'
import { SettingsPart } from './settings-part.tsx'
import '../notifications/notifications.css'

export function NotificationSettings() {
  const listed = rooms.value
  return (
    <>
      <SettingsPart title={t('settings.browser')}>
        <BrowserNotices />
        {noticesState.value === 'on' && <TestNotice />}
      </SettingsPart>
      <SettingsPart title={t('settings.perRoom')} text={t('settings.perRoomText')}>
        {!listed && <Loading label={t('rooms.loading')} />}
        {listed?.length === 0 && <p class="settings-text">{t('settings.perRoomNone')}</p>}
        <ul class="settings-list">
          {listed?.map((room) => (
            <RoomNotify key={room.id} room={room} />
          ))}
        </ul>
      </SettingsPart>
    </>
  )
}

function TestNotice() {
  const [outcome, setOutcome] = useState<'shown' | 'failed' | null>(null)
  const test = () => {
    try {
      showTestNotice()
      setOutcome('shown')
    } catch {
      setOutcome('failed')
    }
  }
  return (
    <>
      <button type="button" class="button" onClick={test}>
        {t('settings.test')}
      </button>
      <div role="status" class="settings-text">
        {outcome === 'failed' && t('settings.testFailed')}
        {outcome === 'shown' && `${t('settings.testShown')} ${t('settings.testUnseen')}`}
      </div>
    </>
  )
}

function RoomNotify({ room }: { readonly room: Room }) {
  const change = useTask(async (choice: string) => {
    const notify = notifyChoices.find((each) => each === choice)
    if (notify) await setNotify(room.id, notify)
  })
  return (
    <li>
      <RoomSign room={room} />
      <div>
        <b class="one-line" dir="auto" id={`notify-${room.id}`}>
          {room.title}
        </b>
        {change.error && <FormError text={change.error} />}
      </div>
      <select
        class="select"
        aria-labelledby={`notify-${room.id}`}
        value={room.notify ?? 'mentions'}
        disabled={change.isBusy}
        onChange={({ currentTarget }) => void change.run(currentTarget.value)}
      >
        {notifyChoices.map((choice) => (
          <option key={choice} value={choice}>
            {t(`details.notify_${choice}`)}
          </option>
        ))}
      </select>
    </li>
  )
}
