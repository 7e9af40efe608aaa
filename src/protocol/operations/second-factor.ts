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
  summary: "Look at the second factor of the caller's account",
  responses: { 200: { description: 'Whether it is on', schema: secondFactor } },
})

export const beginSecondFactor = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Begin to set up a second factor',
  description:
    'Gives a new secret for an app that shows codes (TOTP: SHA-1, 6 digits, 30 s), in place of one that was not confirmed. No login asks for a code until it is confirmed. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: beginSecondFactorRequest,
  example: { password: 'a long enough one' },
  responses: { 201: { description: 'The secret, to be confirmed', schema: secondFactorBegun } },
  problems: {
    forbidden: '`password` is not the present one',
    conflict: 'the second factor is on: it has to be turned off first',
  },
})

export const confirmSecondFactor = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/confirm/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Turn the second factor on',
  description:
    'With a code of the app. From then on a login asks for a code. Sessions of the chat go on; sessions of the admin pages end.',
  userLimit: 'settings',
  body: confirmSecondFactorRequest,
  example: { code: '492039' },
  responses: { 200: { description: 'The recovery codes, shown once', schema: recoveryCodes } },
  problems: {
    bad_request: '`code` is not the one that the app shows',
    conflict: 'nothing was begun within 30 minutes, or the second factor is on already',
  },
})

export const removeSecondFactor = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/second-factor/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Turn the second factor off',
  description:
    'The secret and the recovery codes are deleted. It may be repeated. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: removeSecondFactorRequest,
  example: { password: 'a long enough one' },
  responses: { 204: { description: 'It is off' } },
  problems: { forbidden: '`password` is not the present one' },
})

export const renewRecoveryCodes = defineOperation({
  method: 'POST',
  path: '/api/users/me/second-factor/recovery-codes/',
  tag: 'Accounts',
  rule: 'A8',
  summary: 'Make new recovery codes',
  description:
    'Those before are void. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: renewRecoveryCodesRequest,
  example: { password: 'a long enough one' },
  responses: { 200: { description: 'The recovery codes, shown once', schema: recoveryCodes } },
  problems: {
    forbidden: '`password` is not the present one',
    conflict: 'the second factor is off',
  },
})
