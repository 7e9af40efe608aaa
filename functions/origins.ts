import * as z from 'zod'

/** Schemes whose pages have no origin of their own, and schemes that no page has. */
const schemesWithoutOrigin = new Set([
  'about',
  'blob',
  'data',
  'file',
  'ftp',
  'javascript',
  'ws',
  'wss',
])

/**
 * Origins, separated by commas. Each is written as a browser sends it, because origins are compared exactly. A slash
 * at the end of an origin is removed.
 */
export const origins = z
  .string()
  .default('')
  .transform((text, context) => {
    const list = text.split(',').map((origin) => origin.trim().replace(/\/$/, ''))
    const wrong = list.find((origin) => origin !== '' && !isOrigin(origin))
    if (wrong !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `has '${wrong}': give origins as browsers send them, such as https://chat.example.org or capacitor://localhost, with commas between them`,
      })
    }
    return list.filter((origin) => origin !== '')
  })

function isOrigin(text: string): boolean {
  // A URL may have a * in its host, but an origin is not a pattern.
  if (text.includes('*')) return false
  if (/^https?:/i.test(text)) return URL.parse(text)?.origin === text
  // The origin of an app, such as tauri://localhost. URL does not know the origins of such schemes.
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[\w.-]+(?::\d{1,5})?$/.exec(text)?.[1]
  return scheme !== undefined && !schemesWithoutOrigin.has(scheme)
}

/**
 * Whether this is the origin of the host's own pages. The host in an app's origin (tauri://localhost) proves nothing.
 */
export function isOriginOf(origin: string, host: string | undefined): boolean {
  return /^https?:/.test(origin) && URL.parse(origin)?.host === host
}
