import { Icon } from '../parts/icon.tsx'
import { t } from '../text/text.ts'
import { noticesState, turnNoticesOff, turnNoticesOn } from './permission.ts'

/** Shows whether the browser notifies the user when they are elsewhere, and how to change that. */
export function BrowserNotices() {
  switch (noticesState.value) {
    case 'off':
      return (
        <div class="notices-offer">
          <span class="notices-sign">
            <Icon name="bell" />
          </span>
          <div>
            <h2>{t('notifications.offTitle')}</h2>
            <p>{t('notifications.offText')}</p>
          </div>
          <button type="button" class="button primary" onClick={() => void turnNoticesOn()}>
            {t('notifications.turnOn')}
          </button>
        </div>
      )
    case 'on':
      return (
        <p class="notices-line">
          <Icon name="bell" />
          <span>
            {t('notifications.onText')}{' '}
            <button type="button" class="text-button" onClick={turnNoticesOff}>
              {t('notifications.turnOff')}
            </button>
          </span>
        </p>
      )
    case 'blocked':
      return (
        <p class="notices-line">
          <Icon name="bellOff" />
          <span>
            <b>{t('notifications.blockedTitle')}.</b> {t('notifications.blockedText')}
          </span>
        </p>
      )
    case 'unsupported':
      return (
        <p class="notices-line">
          <Icon name="bellOff" />
          <span>{t('notifications.unsupported')}</span>
        </p>
      )
  }
}
