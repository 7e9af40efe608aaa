import { html } from 'hono/html'

/** A part of a page; what is put into it was escaped. */
export type Html = ReturnType<typeof html>

export { html }

export const nothing = html``

/** A time, in UTC for everybody: an admin compares it with logs. */
export function time(at: Date): Html {
  const iso = at.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}

/** A number for people: 12,345. */
export function number(value: number): string {
  return value.toLocaleString('en')
}

/** What somebody wrote, with its lines as they are. */
export function written(text: string): Html {
  return html`<span class="written">${text}</span>`
}
