import * as z from 'zod'
import { emailMaxBytes } from './limits.ts'
import { hasUnseen } from './visible.ts'

/** As HTML has it for `type=email`, and beyond ASCII anything that can be seen (RFC 6531). */
const localPart = /^[\w.!#$%&'*+/=?^`{|}~\P{ASCII}-]+$/u
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const asciiDomain = new RegExp(String.raw`^${label}(?:\.${label})*$`)
const anyDomain = /^[a-z0-9.\P{ASCII}-]+$/u

/**
 * An address as it is stored: one spelling for all that are delivered alike, since a verified address is
 * unique. The domain is in lower case and in ASCII, as browsers and mail servers send it; what stands
 * before the at sign is the mail server's business, and is only put into NFC. Undefined: it is none.
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
  // The host of a URL is made of a domain as IDNA has it; but of wide digits it makes an IP address.
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
