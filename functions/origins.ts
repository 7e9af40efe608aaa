import * as z from 'zod'

/** Schemes whose pages have no origin of their own, or that no page has. */
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
 * Origins with commas between them, each as a browser sends it: they are compared exactly. A slash at the end
 * of one is left out.
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
  // A URL may have a * in its host; an origin is no pattern.
  if (text.includes('*')) return false
  if (/^https?:/i.test(text)) return URL.parse(text)?.origin === text
  // That of an app, such as tauri://localhost: of its scheme a URL does not know the origin.
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[\w.-]+(?::\d{1,5})?$/.exec(text)?.[1]
  return scheme !== undefined && !schemesWithoutOrigin.has(scheme)
}

/** Whether it is that of the host's own pages. Of an app (tauri://localhost) the host is a name that says nothing. */
export function isOriginOf(origin: string, host: string | undefined): boolean {
  return /^https?:/.test(origin) && URL.parse(origin)?.host === host
}
