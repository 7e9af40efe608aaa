import { username } from '../accounts.ts'
import { blockPage, listBlocksQuery, listUsersQuery, userPage } from '../users.ts'
import { defineOperation } from './operation.ts'

export const listUsers = defineOperation({
  method: 'GET',
  path: '/api/users/',
  tag: 'Accounts',
  rule: 'A5',
  summary: 'List users by username',
  description:
    '`search` is the beginning of a username or of a display name, in any case. By their display name the first 500 are found. Whom the caller has blocked is not among them.',
  query: listUsersQuery,
  responses: { 200: { description: 'A page of users', schema: userPage } },
})

export const listBlocks = defineOperation({
  method: 'GET',
  path: '/api/users/me/blocks/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'List whom the caller has blocked',
  query: listBlocksQuery,
  responses: { 200: { description: 'A page of users', schema: blockPage } },
})

export const block = defineOperation({
  method: 'PUT',
  path: '/api/users/me/blocks/{username}/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'Block somebody',
  userLimit: 'settings',
  params: { username },
  responses: { 204: { description: 'They are blocked, or were before' } },
  problems: { bad_request: 'it is the caller' },
})

export const unblock = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/blocks/{username}/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'Unblock somebody',
  userLimit: 'settings',
  params: { username },
  responses: { 204: { description: 'They are not blocked, or were not before' } },
  problems: { bad_request: 'it is the caller' },
})
