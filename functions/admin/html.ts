import { html } from 'hono/html'

/** A part of a page. All values in it are escaped. */
export type Html = ReturnType<typeof html>

export { html }

export const nothing = html``

/** Shows a time in UTC, because admins compare it with logs. */
export function time(at: Date): Html {
  const iso = at.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}

/** Formats a number for people: 12,345. */
export function number(value: number): string {
  return value.toLocaleString('en')
}

/** Shows a text of a user, with its line breaks. */
export function written(text: string): Html {
  return html`<span class="written">${text}</span>`
}
