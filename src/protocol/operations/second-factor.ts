import {
  beginSecondFactorRequest,
  confirmSecondFactorRequest,
  recoveryCodes,
  removeSecondFactorRequest,
  renewRecoveryCodesRequest,
  secondFactor,
  secondFactorBegun,
} from '../second-factor.ts'
import { defineOperation } from './operation.ts'

export const readSecondFactor = defineOperation({
  method: 'GET',
  path: '/api/users/me/second-factor/',
  tag: 'Accounts',
  rule: 'A8',
  summary: "Read the state of the second factor of the caller's account",
  responses: { 200: { description: 'The state of the second factor', schema: secondFactor } },
})

export const beginSecondFactor = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Begin to set up a second factor',
  description:
    'Returns a new secret for an app that shows codes (TOTP: SHA-1, 6 digits, 30 s). It replaces a secret that was not confirmed. Logins ask for a code only after the secret is confirmed. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: beginSecondFactorRequest,
  example: { password: 'a long enough one' },
  responses: { 201: { description: 'The secret. Confirm it next', schema: secondFactorBegun } },
  problems: {
    forbidden: '`password` is wrong',
    conflict: 'the second factor is on: turn it off first',
  },
})

export const confirmSecondFactor = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/confirm/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Turn the second factor on',
  description:
    'It needs a code from the app. From then on a login asks for a code. The sessions of the chat continue. The sessions of the admin pages end.',
  userLimit: 'settings',
  body: confirmSecondFactorRequest,
  example: { code: '492039' },
  responses: { 200: { description: 'The recovery codes, shown once', schema: recoveryCodes } },
  problems: {
    bad_request: '`code` is not the code that the app shows',
    conflict:
      'the set-up was not begun within the last 30 minutes, or the second factor is on already',
  },
})

export const removeSecondFactor = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/second-factor/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Turn the second factor off',
  description:
    'It deletes the secret and the recovery codes. It may be repeated. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: removeSecondFactorRequest,
  example: { password: 'a long enough one' },
  responses: { 204: { description: 'The second factor is off' } },
  problems: { forbidden: '`password` is wrong' },
})

export const renewRecoveryCodes = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/recovery-codes/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Make new recovery codes',
  description:
    'The old codes stop working. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: renewRecoveryCodesRequest,
  example: { password: 'a long enough one' },
  responses: { 200: { description: 'The recovery codes, shown once', schema: recoveryCodes } },
  problems: {
    forbidden: '`password` is wrong',
    conflict: 'the second factor is off',
  },
})
