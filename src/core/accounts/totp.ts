import { Secret, TOTP } from 'otpauth'
import { encode } from 'uqr'

/** The name that apps show beside the codes. */
const issuer = 'Quick Connect'

/**
 * The codes of the step before and after the current one are valid, too, because clocks differ and typing takes time
 * (RFC 6238, 5.2).
 */
const stepsAround = 1

/** 160 bits in Base32, as RFC 4226 recommends. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/**
 * The content of the QR code for the app: `otpauth://totp/…`, with SHA-1, 6 digits and 30 s, which every app supports.
 */
export function totpUri(secret: string, username: string): string {
  return totpOf(secret, username).toString()
}

/**
 * The time step of a code (steps of 30 s since 1970). Undefined if the code belongs to no step near `at` (milliseconds
 * since 1970).
 */
export function stepOfCode(secret: string, code: string, at = Date.now()): number | undefined {
  // otpauth compares bytes, and throws if the code has more bytes than characters.
  if (!/^\d{6}$/.test(code)) return undefined
  const totp = totpOf(secret)
  const delta = totp.validate({ token: code, timestamp: at, window: stepsAround })
  return delta === null ? undefined : totp.counter({ timestamp: at }) + delta
}

/**
 * A text as a QR code: an SVG document, black on white in every theme, with the margin of four modules that scanners
 * need. Modules side by side are drawn as one shape, so that no lines show between them at any size.
 */
export function qrSvg(text: string): string {
  const { size, data } = encode(text, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) =>
    Array.from(
      toRow(row).matchAll(/1+/g),
      ({ index, 0: run }) => `M${index} ${y}h${run.length}v1H${index}z`,
    ),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path.join('')}"/></svg>`
}

function toRow(modules: readonly boolean[]): string {
  return modules.map((isBlack) => (isBlack ? '1' : '0')).join('')
}

function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(secret) })
}
