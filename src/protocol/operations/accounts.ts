import {
  changePasswordRequest,
  deleteAccountRequest,
  loginRequest,
  refreshRequest,
  registerRequest,
  signedIn,
  tokens,
  updateProfileRequest,
  user,
} from '../accounts.ts'
import { defineOperation } from './operation.ts'

export const register = defineOperation({
  method: 'POST',
  path: '/api/register/',
  tag: 'Accounts',
  rule: 'A1',
  summary: 'Make an account',
  description:
    'It does not tell who has an email address: an address is unique among verified ones only. A display name is what people read, in any script; it may be left out, and need not be unique. With `refresh_in` as `cookie`, a page of this host gets the refresh token in the cookie `quick_connect_refresh`, and not in the body [A7].',
  isOpen: true,
  addressLimit: 'register',
  body: registerRequest,
  example: {
    username: 'ana',
    password: 'a long enough one',
    email: 'ana@example.org',
    display_name: 'Ana María',
  },
  responses: { 201: { description: 'The user, logged in', schema: signedIn } },
  problems: {
    bad_request: 'the password is the username or among the most common ones',
    forbidden: '`refresh_in` is `cookie`, and no page of this host asks',
    conflict: 'the username is taken',
  },
})

export const login = defineOperation({
  method: 'POST',
  path: '/api/login/',
  tag: 'Accounts',
  rule: 'A2',
  summary: 'Begin a session',
  description:
    'Attempts are limited per address. Wrong passwords are limited per account and network, so that nobody locks the owner out from elsewhere. With `refresh_in` as `cookie`, a page of this host gets the refresh token in the cookie `quick_connect_refresh`, and not in the body [A7].',
  isOpen: true,
  addressLimit: 'login',
  body: loginRequest,
  example: { username: 'ana', password: 'a long enough one' },
  responses: { 200: { description: 'The user, logged in', schema: signedIn } },
  problems: {
    unauthenticated: 'the username or the password is wrong',
    code_required:
      'the password is right, and the account has a second factor [A8]: `code` is missing, wrong, or was used',
    forbidden:
      'the account is suspended; or `refresh_in` is `cookie`, and no page of this host asks',
  },
})

export const refresh = defineOperation({
  method: 'POST',
  path: '/api/token/refresh/',
  tag: 'Accounts',
  rule: 'A3',
  summary: 'Get the next pair of tokens',
  description:
    'Refresh tokens rotate. A token that was used stays good until one of its successors is used. Successors that are given within 30 s of one another are all good. A token that is used up ends its session when it comes again. Without `refresh` in the body, the token is that of the cookie, and the next one comes in it [A7].',
  isOpen: true,
  addressLimit: 'refresh',
  body: refreshRequest,
  example: { refresh: 'qk3VbZ0a9dXr.h7Jq2mWc5tLs' },
  responses: { 200: { description: 'The next pair of tokens', schema: tokens } },
  problems: {
    unauthenticated:
      'this is no refresh token, or there is none, neither in the body nor in the cookie',
    session_revoked: 'its session has ended, or just did, since the token had been used up',
    forbidden: 'the account is suspended; or the cookie came, and not from a page of this host',
  },
})

export const readProfile = defineOperation({
  method: 'GET',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: 'Look at oneself',
  responses: { 200: { description: 'The caller', schema: user } },
})

export const updateProfile = defineOperation({
  method: 'PATCH',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Change the caller's email address, bio or display name",
  description:
    'Another address has yet to be proved. Another display name shows in whatever is read or sent from now on; no event tells of it.',
  userLimit: 'settings',
  body: updateProfileRequest,
  example: { bio: 'Mostly tea', display_name: 'Ana María' },
  responses: { 200: { description: 'The caller', schema: user } },
})

export const changePassword = defineOperation({
  method: 'POST',
  path: '/api/users/me/password/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Change the caller's password",
  description:
    'Ends their other sessions, and closes the sockets of these. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: changePasswordRequest,
  example: { current_password: 'a long enough one', new_password: 'quite another one' },
  responses: { 204: { description: 'It is changed' } },
  problems: {
    bad_request: 'the new password is the username or among the most common ones',
    forbidden: '`current_password` is not the present one',
  },
})

export const deleteAccount = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Delete the caller's account",
  description:
    'Its sessions end, it leaves its rooms, and its name is free again. Its messages stay, without a name, unless `delete_messages` is true: then they and its reactions are deleted. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: deleteAccountRequest,
  example: { password: 'a long enough one' },
  responses: { 204: { description: 'It is deleted' } },
  problems: {
    forbidden: '`password` is not the present one',
    conflict: 'the caller is the only admin: another one has to be made first',
  },
})
