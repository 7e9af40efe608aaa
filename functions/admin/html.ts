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

/** Shows a text of a user, with its line breaks and in its own direction. */
export function written(text: Html | string): Html {
  return html`<bdi class="written">${text}</bdi>`
}

/** Shows the address of a client, such as `192.0.2.17`. */
export function address(value: string | null, unknown = 'Unknown'): Html {
  return value === null ? html`${unknown}` : html`<span class="address">${value}</span>`
}
