import { t } from '../text/text.ts'
import { announce } from './announcer.tsx'

/** Copies a text, and shows `done`, or that the browser does not allow it. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    announce(done)
  } catch {
    announce(t('errors.clipboard'))
  }
}
