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
    '`search` is the beginning of a username or of a display name. Upper and lower case do not matter. By display name it finds the first 500 users. Users whom the caller has blocked are left out.',
  query: listUsersQuery,
  responses: { 200: { description: 'A page of users', schema: userPage } },
})

export const listBlocks = defineOperation({
  method: 'GET',
  path: '/api/users/me/blocks/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'List the users whom the caller has blocked',
  query: listBlocksQuery,
  responses: { 200: { description: 'A page of users', schema: blockPage } },
})

export const block = defineOperation({
  method: 'PUT',
  path: '/api/users/me/blocks/{username}/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'Block a user',
  userLimit: 'settings',
  params: { username },
  responses: { 204: { description: 'The user is blocked' } },
  problems: { bad_request: 'the user is the caller' },
})

export const unblock = defineOperation({
  method: 'DELETE',
  path: '/api/users/me/blocks/{username}/',
  tag: 'Accounts',
  rule: 'A6',
  summary: 'Unblock a user',
  userLimit: 'settings',
  params: { username },
  responses: { 204: { description: 'The user is not blocked (any more)' } },
  problems: { bad_request: 'the user is the caller' },
})
