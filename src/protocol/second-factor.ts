import * as z from 'zod'
import { text, timestamp } from './fields.ts'
import { recoveryCodesMade } from './limits.ts'
import { givenPassword } from './passwords.ts'

/** [A8] Six digits of the app, or a recovery code. Spaces in it do not count. */
export const factorCode = text(0, 64).describe(
  'Six digits that the app shows, or a recovery code. Each is good once',
)

export const secondFactor = z.object({
  enabled: z.boolean().describe('Whether a login asks for a code'),
  enabled_at: timestamp.nullable(),
  recovery_codes_left: z.int().min(0),
})
export type SecondFactor = z.infer<typeof secondFactor>

export const beginSecondFactorRequest = z.object({ password: givenPassword })

export const secondFactorBegun = z.object({
  secret: z.string().describe('Base32, to be typed where no picture can be scanned'),
  uri: z.string().describe('`otpauth://totp/…`: what the QR code says'),
  qr_svg: z.string().describe('The QR code, as an SVG document'),
})
export type SecondFactorBegun = z.infer<typeof secondFactorBegun>

export const confirmSecondFactorRequest = z.object({
  code: text(1, 64).describe('Six digits that the app shows'),
})
export const removeSecondFactorRequest = z.object({ password: givenPassword })
export const renewRecoveryCodesRequest = z.object({ password: givenPassword })

export const recoveryCodes = z.object({
  recovery_codes: z
    .array(z.string())
    .describe(
      `${recoveryCodesMade} codes, each good for one login without the app. They are not shown again`,
    ),
})
