import { createHmac, timingSafeEqual } from 'node:crypto'
import { html, type Html } from './html.ts'

/** The CSRF token of every form. It is made from the cookie's token, which no other page can read. */
export function csrfTokenOf(cookie: string): string {
  return createHmac('sha256', cookie).update('csrf').digest('base64url')
}

export function isCsrfToken(given: string | undefined, cookie: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(csrfTokenOf(cookie))]
  return a.length === b.length && timingSafeEqual(a, b)
}

export function csrfField(token: string): Html {
  return html`<input type="hidden" name="csrf" value="${token}" />`
}
