import { effect, signal } from '@preact/signals'

/** The user's choices for this browser. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  /** Absent for the language of the browser. */
  readonly language?: string | undefined
  /** Whether the browser shows no notifications, although it may. */
  readonly areNoticesOff?: boolean
}

const key = 'quick-connect-preferences'

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this module wrote it
    return stored && typeof stored === 'object' ? (stored as Preferences) : { theme: 'system' }
  } catch {
    return { theme: 'system' }
  }
}

export const preferences = signal(read())

export function setPreferences(change: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...change }
  try {
    localStorage.setItem(key, JSON.stringify(preferences.value))
  } catch {
    // The storage is full or blocked. The choice holds as long as the page lives.
  }
}

/**
 * The system draws colours around the page for its own light and dark theme, unless the user has chosen a theme.
 */
function colourFrame(theme: Preferences['theme']): void {
  const metas = document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')
  for (const meta of metas) {
    const own = meta.dataset['own'] ?? meta.media
    meta.dataset['own'] = own
    meta.media = theme === 'system' ? own : own.includes(theme) ? '' : 'not all'
  }
}

export function watchTheme(): void {
  // Another tab has changed it.
  addEventListener('storage', (event) => {
    if (event.key === key) preferences.value = read()
  })
  effect(() => {
    const { theme } = preferences.value
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    colourFrame(theme)
  })
}
