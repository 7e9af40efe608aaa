import { computed, signal } from '@preact/signals'

/** Whether the device says that it has no network. */
export const isOffline = signal(!navigator.onLine)
addEventListener('online', () => void (isOffline.value = false))
addEventListener('offline', () => void (isOffline.value = true))

const isVisible = signal(document.visibilityState === 'visible')
const hasFocus = signal(document.hasFocus())
document.addEventListener(
  'visibilitychange',
  () => void (isVisible.value = document.visibilityState === 'visible'),
)
addEventListener('focus', () => void (hasFocus.value = true))
addEventListener('blur', () => void (hasFocus.value = document.hasFocus()))

/** Whether the user looks at the page. What is shown then counts as read. */
export const isWatched = computed(() => isVisible.value && hasFocus.value)
