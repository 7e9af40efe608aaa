import { render } from 'preact'
import { startClient } from './chat/client.ts'
import { loadParser } from './markdown/parse.ts'
import { App } from './shell/app.tsx'
import { watchLinks } from './shell/router.ts'
import { watchShortcuts } from './shell/shortcuts.ts'
import { watchTitle } from './shell/page-title.ts'
import { watchViewport } from './shell/viewport.ts'
import { languageFor, setLanguage } from './text/text.ts'
import { watchDay } from './text/format.ts'
import { preferences, watchTheme } from './shell/preferences.ts'
import 'virtual:tokens.css'
import './base.css'
import './parts/icon.css'

watchTheme()
watchViewport()
watchLinks()
watchDay()
watchShortcuts()
watchTitle()

async function begin(): Promise<void> {
  const language = languageFor(preferences.value.language)
  if (language !== 'en') await setLanguage(language).catch(() => undefined)
  const root = document.querySelector('#app')
  if (root) render(<App />, root)
  // It is here before the first messages are.
  void loadParser()
  await startClient()
  const { watchBeside } = await import('./shell/beside.ts')
  watchBeside()
}

void begin()
