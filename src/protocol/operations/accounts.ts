import { loginRequest, refreshRequest, registerRequest, signedIn, tokens } from '../accounts.ts'
import { defineOperation } from './operation.ts'

export const register = defineOperation({
  method: 'POST',
  path: '/api/register/',
  tag: 'Accounts',
  rule: 'A1',
  summary: 'Make an account',
  description:
    'Whose an email address is, it does not tell: an address is unique among verified ones only.',
  isOpen: true,
  addressLimit: 'register',
  body: registerRequest,
  example: { username: 'ana', password: 'a long enough one', email: 'ana@example.org' },
  responses: { 201: { description: 'The user, logged in', schema: signedIn } },
  problems: {
    bad_request: 'the password is the username or among the most common ones',
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
    'Attempts are limited per address and per account, with no way to lock a stranger out.',
  isOpen: true,
  addressLimit: 'login',
  body: loginRequest,
  example: { username: 'ana', password: 'a long enough one' },
  responses: { 200: { description: 'The user, logged in', schema: signedIn } },
  problems: {
    unauthenticated: 'the username or the password is wrong',
    forbidden: 'the account is suspended',
  },
})

export const refresh = defineOperation({
  method: 'POST',
  path: '/api/token/refresh/',
  tag: 'Accounts',
  rule: 'A3',
  summary: 'Get the next pair of tokens',
  description:
    'Refresh tokens rotate. The one before stays good until its successor is used once; one that was used up ends its session when it comes again.',
  isOpen: true,
  addressLimit: 'refresh',
  body: refreshRequest,
  example: { refresh: 'qk3VbZ0a9dXr.h7Jq2mWc5tLs' },
  responses: { 200: { description: 'The next pair of tokens', schema: tokens } },
  problems: {
    unauthenticated: 'this is no refresh token',
    session_revoked: 'its session has ended, or just did, since the token had been used up',
    forbidden: 'the account is suspended',
  },
})

export const logout = defineOperation({
  method: 'POST',
  path: '/api/logout/',
  tag: 'Accounts',
  rule: 'A4',
  summary: 'End the session',
  description: 'Its access token stops working at once, and its sockets are closed.',
  responses: { 204: { description: 'It has ended' } },
})
