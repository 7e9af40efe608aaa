import { computed, effect, signal } from '@preact/signals'
import { client, connection, session } from '../chat/client.ts'
import { isOffline } from '../chat/watched.ts'
import { explain } from '../parts/use-task.ts'
import { t } from '../text/text.ts'
import { hasNewVersion } from './new-version.ts'
import './connection-banner.css'

/** A connection that comes back within this time causes no banner. */
const patienceMs = 5_000

/** Whether there has been no connection for a while. */
const isLate = signal(false)
let timer: ReturnType<typeof setTimeout> | undefined

effect(() => {
  const isConnected = connection.value.name === 'connected' || !session.value.user
  clearTimeout(timer)
  if (isConnected) isLate.value = false
  else if (!isLate.peek()) timer = setTimeout(() => void (isLate.value = true), patienceMs)
})

/** Whether the client makes no further attempt by itself. */
const isStopped = computed(() => {
  const { name, error, retryInMs } = connection.value
  return name === 'offline' && error !== null && retryInMs === null
})

/** The banner distinguishes two causes: the device has no network, or the server does not answer. */
const shown = computed(() => {
  if (!session.value.user) return null
  if (isOffline.value) return 'offline'
  if (isStopped.value) return 'stopped'
  if (connection.value.error?.reason === 'resuming') return 'waking'
  return isLate.value ? 'late' : null
})

export function ConnectionBanner() {
  const state = shown.value
  return (
    <div class={state ? 'connection-banner' : 'connection-banner away'} role="status">
      {state === 'offline' && t('shell.waitingForNetwork')}
      {(state === 'late' || state === 'waking') && (
        <>
          <span class="spinner" aria-hidden="true" />
          {t(state === 'waking' ? 'shell.wakingUp' : 'shell.reconnecting')}
        </>
      )}
      {state === 'stopped' && (
        <>
          {explain(connection.value.error)}{' '}
          <button type="button" class="text-button" onClick={() => client.connect()}>
            {t('common.tryAgain')}
          </button>
        </>
      )}
    </div>
  )
}

export function VersionBanner() {
  const isShown = hasNewVersion.value
  return (
    <div class={isShown ? 'connection-banner version' : 'connection-banner away'} role="status">
      {isShown && (
        <>
          <span>{t('shell.newVersion')}</span>
          <button type="button" class="text-button" onClick={() => location.reload()}>
            {t('shell.reload')}
          </button>
          <button
            type="button"
            class="text-button"
            onClick={() => void (hasNewVersion.value = false)}
          >
            {t('shell.later')}
          </button>
        </>
      )}
    </div>
  )
}
