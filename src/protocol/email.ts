import * as z from 'zod'
import { emailMaxBytes } from './limits.ts'
import { hasUnseen } from './visible.ts'

/** The characters that HTML allows for `type=email`, and every visible character beyond ASCII (RFC 6531). */
const localPart = /^[\w.!#$%&'*+/=?^`{|}~\P{ASCII}-]+$/u
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const asciiDomain = new RegExp(String.raw`^${label}(?:\.${label})*$`)
const anyDomain = /^[a-z0-9.\P{ASCII}-]+$/u

/**
 * Returns an address as it is stored. Addresses that are delivered alike get one spelling, because a verified
 * address is unique. The domain becomes lower case and ASCII, as browsers and mail servers send it. The part
 * before the at sign is up to the mail server, so it is only put into NFC. Returns undefined when the text is
 * not an address.
 */
export function normalizeEmail(given: string): string | undefined {
  const at = given.lastIndexOf('@')
  const local = given.slice(0, Math.max(at, 0)).normalize('NFC')
  const domain = toAscii(given.slice(at + 1).toLowerCase())
  if (!localPart.test(local) || hasUnseen(local) || /\p{White_Space}/u.test(local)) return undefined
  return domain === undefined ? undefined : `${local}@${domain}`
}

function toAscii(domain: string): string | undefined {
  if (asciiDomain.test(domain)) return domain
  if (!anyDomain.test(domain)) return undefined
  // The URL parser converts a domain by IDNA. It also converts wide digits to an IP address, which is refused here.
  const host = URL.parse(`http://${domain}`)?.hostname
  return host !== undefined && asciiDomain.test(host) && /[a-z]/.test(host) ? host : undefined
}

const bytes = (value: string) => new TextEncoder().encode(value).length

export const email = z
  .string()
  .trim()
  .refine((value) => value.length <= emailMaxBytes * 4, {
    error: `must be at most ${emailMaxBytes} bytes long`,
    abort: true,
  })
  .meta({ format: 'idn-email', maxLength: emailMaxBytes })
  .transform((value, context) => {
    const address = normalizeEmail(value)
    if (address !== undefined) return address
    context.issues.push({ code: 'custom', message: 'must be an email address', input: value })
    return z.NEVER
  })
  .refine((value) => bytes(value) <= emailMaxBytes, `must be at most ${emailMaxBytes} bytes long`)
