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
  summary: 'Create an account',
  description:
    'The answer never reveals whether somebody else uses the email address: an address is unique only among verified ones. The display name is the name that people read. It may be in any script, may be left out, and need not be unique. With `"refresh_in": "cookie"`, a page of this host gets the refresh token in the cookie `quick_connect_refresh`, not in the body [A7].',
  isOpen: true,
  addressLimit: 'register',
  body: registerRequest,
  example: {
    username: 'ana',
    password: 'a long enough one',
    email: 'ana@example.org',
    display_name: 'Ana María',
  },
  responses: {
    201: { description: 'The user, with the tokens of a new session', schema: signedIn },
  },
  problems: {
    bad_request: 'the password is the username, or one of the most common passwords',
    forbidden: '`refresh_in` is `cookie`, but the request is not from a page of this host',
    conflict: 'the username is taken',
  },
})

export const login = defineOperation({
  method: 'POST',
  path: '/api/login/',
  tag: 'Accounts',
  rule: 'A2',
  summary: 'Log in: begin a session',
  description:
    'Attempts are limited per address. Wrong passwords are limited per account and network, so that nobody on another network can lock the owner out. With `"refresh_in": "cookie"`, a page of this host gets the refresh token in the cookie `quick_connect_refresh`, not in the body [A7].',
  isOpen: true,
  addressLimit: 'login',
  body: loginRequest,
  example: { username: 'ana', password: 'a long enough one' },
  responses: {
    200: { description: 'The user, with the tokens of a new session', schema: signedIn },
  },
  problems: {
    unauthenticated: 'the username or the password is wrong',
    code_required:
      'the password is right, but the account has a second factor [A8], and `code` is missing, wrong or already used',
    forbidden:
      'the account is suspended; or `refresh_in` is `cookie`, but the request is not from a page of this host',
  },
})

export const refresh = defineOperation({
  method: 'POST',
  path: '/api/token/refresh/',
  tag: 'Accounts',
  rule: 'A3',
  summary: 'Get the next pair of tokens',
  description:
    'Refresh tokens rotate: each refresh uses a token and returns its successor. A used token stays valid until one of its successors is used. Successors that are given within 30 s of one another are all valid. Sending a token again after one of its successors was used ends the session. Without `refresh` in the body, the server uses the token of the cookie, and sets the cookie to the next one [A7].',
  isOpen: true,
  addressLimit: 'refresh',
  body: refreshRequest,
  example: { refresh: 'qk3VbZ0a9dXr.h7Jq2mWc5tLs' },
  responses: { 200: { description: 'The next pair of tokens', schema: tokens } },
  problems: {
    unauthenticated:
      'the refresh token is not valid, or is missing in both the body and the cookie',
    session_revoked:
      'the session has ended; this request ends it when a successor of the token was used already',
    forbidden:
      'the account is suspended; or the token is in the cookie, but the request is not from a page of this host',
  },
})

export const readProfile = defineOperation({
  method: 'GET',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Read the caller's profile",
  responses: { 200: { description: 'The caller', schema: user } },
})

export const updateProfile = defineOperation({
  method: 'PATCH',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Change the caller's email address, bio, display name or read receipts",
  description:
    'A new email address counts as not verified. A new display name is in everything that is read or sent from now on. No event reports the change.',
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
    "It ends the caller's other sessions, and closes their sockets. Attempts are limited per address, and wrong passwords per session.",
  addressLimit: 'login',
  body: changePasswordRequest,
  example: { current_password: 'a long enough one', new_password: 'quite another one' },
  responses: { 204: { description: 'The password is changed' } },
  problems: {
    bad_request: 'the new password is the username, or one of the most common passwords',
    forbidden: '`current_password` is wrong',
  },
})

export const deleteAccount = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/',
  tag: 'Accounts',
  rule: 'A5',
  summary: "Delete the caller's account",
  description:
    'The sessions end, the user leaves all rooms, and the username becomes free. The messages stay, without a name. With `delete_messages`, the messages and the reactions are deleted, too. Attempts are limited per address, and wrong passwords per session.',
  addressLimit: 'login',
  body: deleteAccountRequest,
  example: { password: 'a long enough one' },
  responses: { 204: { description: 'The account is deleted' } },
  problems: {
    forbidden: '`password` is wrong',
    conflict: 'the caller is the only admin: make another user an admin first',
  },
})
