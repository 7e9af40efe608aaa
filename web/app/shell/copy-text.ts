import { t } from '../text/text.ts'
import { announce } from './announcer.tsx'

/** Copies a text, and says `done`; or that the browser does not let the page do so. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    announce(done)
  } catch {
    announce(t('errors.clipboard'))
  }
}
