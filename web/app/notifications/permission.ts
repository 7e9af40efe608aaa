import { computed, signal } from '@preact/signals'
import { preferences, setPreferences } from '../shell/preferences.ts'

/**
 * The browsers of Android have notifications only for service workers. This page has no service worker, because
 * its Trusted Types policy does not allow one.
 */
const isSupported = 'Notification' in window && !/Android/.test(navigator.userAgent)

const permission = signal<NotificationPermission>(isSupported ? Notification.permission : 'denied')

/** Whether the browser shows notifications of this page, and if not, why. */
export const noticesState = computed<'unsupported' | 'blocked' | 'off' | 'on'>(() => {
  if (!isSupported) return 'unsupported'
  if (permission.value === 'denied') return 'blocked'
  return permission.value === 'granted' && !preferences.value.areNoticesOff ? 'on' : 'off'
})

/** Turns notifications on. The browser asks the user, so this may be called only in an action of the user. */
export async function turnNoticesOn(): Promise<void> {
  setPreferences({ areNoticesOff: false })
  permission.value = await Notification.requestPermission()
}

export function turnNoticesOff(): void {
  setPreferences({ areNoticesOff: true })
}

/** Follows changes in the browser's own settings, where the browser reports them. */
export async function watchPermission(): Promise<void> {
  if (!isSupported) return
  try {
    const status = await navigator.permissions.query({ name: 'notifications' })
    status.addEventListener('change', () => void (permission.value = Notification.permission))
  } catch {
    // Other browsers are asked when the page is opened again.
  }
}
