import { computed, signal } from '@preact/signals'
import { preferences, setPreferences } from '../shell/preferences.ts'

/**
 * Android's browsers have notifications for service workers alone. This page has no service worker: Trusted Types let
 * it make none.
 */
const isSupported = 'Notification' in window && !/Android/.test(navigator.userAgent)

const permission = signal<NotificationPermission>(isSupported ? Notification.permission : 'denied')

/** Whether the browser shows notifications of this page, and why not. */
export const noticesState = computed<'unsupported' | 'blocked' | 'off' | 'on'>(() => {
  if (!isSupported) return 'unsupported'
  if (permission.value === 'denied') return 'blocked'
  return permission.value === 'granted' && !preferences.value.areNoticesOff ? 'on' : 'off'
})

/** Turns them on. The browser asks the user for it, so this may be called only by what the user does. */
export async function turnNoticesOn(): Promise<void> {
  setPreferences({ areNoticesOff: false })
  permission.value = await Notification.requestPermission()
}

export function turnNoticesOff(): void {
  setPreferences({ areNoticesOff: true })
}

/** What the user changes in the browser's own settings is heard of where the browser tells it. */
export async function watchPermission(): Promise<void> {
  if (!isSupported) return
  try {
    const status = await navigator.permissions.query({ name: 'notifications' })
    status.addEventListener('change', () => void (permission.value = Notification.permission))
  } catch {
    // It is looked at when the page is opened anew.
  }
}
