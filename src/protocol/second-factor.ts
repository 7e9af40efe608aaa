import * as z from 'zod'
import { text, timestamp } from './fields.ts'
import { recoveryCodesMade } from './limits.ts'
import { givenPassword } from './passwords.ts'

/** [A8] Six digits of the app, or a recovery code. Spaces in it are ignored. */
export const factorCode = text(0, 64).describe(
  'The six digits that the app shows, or a recovery code. Each code works once',
)

export const secondFactor = z.object({
  enabled: z.boolean().describe('Whether a login asks for a code'),
  enabled_at: timestamp.nullable(),
  recovery_codes_left: z.int().min(0),
})
export type SecondFactor = z.infer<typeof secondFactor>

export const beginSecondFactorRequest = z.object({ password: givenPassword })

export const secondFactorBegun = z.object({
  secret: z.string().describe('In Base32, to type into an app that cannot scan the QR code'),
  uri: z.string().describe('The contents of the QR code: `otpauth://totp/…`'),
  qr_svg: z.string().describe('The QR code, as an SVG document'),
})
export type SecondFactorBegun = z.infer<typeof secondFactorBegun>

export const confirmSecondFactorRequest = z.object({
  code: text(1, 64).describe('The six digits that the app shows'),
})
export const removeSecondFactorRequest = z.object({ password: givenPassword })
export const renewRecoveryCodesRequest = z.object({ password: givenPassword })

export const recoveryCodes = z.object({
  recovery_codes: z
    .array(z.string())
    .describe(
      `${recoveryCodesMade} codes. Each works for one login without the app. They are not shown again`,
    ),
})
