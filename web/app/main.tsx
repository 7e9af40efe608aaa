import { render } from 'preact'
import { start } from './chat/client.ts'
import { App } from './shell/app.tsx'
import { watchLinks } from './shell/router.ts'
import { watchShortcuts } from './shell/shortcuts.ts'
import { watchIcon } from './shell/page-icon.ts'
import { watchTitle } from './shell/page-title.ts'
import { watchViewport } from './shell/viewport.ts'
import { watchNotices } from './notifications/notices.ts'
import { watchPermission } from './notifications/permission.ts'
import { isLanguage, setLanguage } from './text/text.ts'
import { watchDay } from './text/format.ts'
import { preferences, watchTheme } from './shell/preferences.ts'
import '../tokens.css'
import './base.css'
import './parts/icon.css'

watchTheme()
watchViewport()
watchLinks()
watchDay()
watchShortcuts()
watchTitle()
watchIcon()
void watchPermission()
watchNotices()

async function begin(): Promise<void> {
  const wanted = [
    preferences.value.language,
    ...navigator.languages.map((tag) => tag.split('-')[0]),
  ]
  const language = wanted.find(isLanguage)
  if (language && language !== 'en') await setLanguage(language).catch(() => undefined)
  const root = document.querySelector('#app')
  if (root) render(<App />, root)
  await start()
}

void begin()
