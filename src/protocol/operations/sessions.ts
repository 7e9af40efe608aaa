import { listSessionsQuery, logoutRequest, sessionPage } from '../accounts.ts'
import { queryId } from '../fields.ts'
import { defineOperation } from './operation.ts'

export const logout = defineOperation({
  method: 'POST',
  path: '/api/logout/',
  tag: 'Accounts',
  rule: 'A4',
  summary: 'End the session',
  description:
    'Its access token stops working at once, and its sockets are closed. A page that has its refresh token in a cookie [A7] says so.',
  isForSuspended: true,
  body: logoutRequest,
  example: {},
  responses: { 204: { description: 'It has ended' } },
  problems: { forbidden: '`refresh_in` is `cookie`, and no page of this host asks' },
})

export const listSessions = defineOperation({
  method: 'GET',
  path: '/api/sessions/',
  tag: 'Accounts',
  rule: 'A4',
  summary: "List the caller's sessions, the newest first",
  isForSuspended: true,
  query: listSessionsQuery,
  responses: { 200: { description: 'A page of sessions', schema: sessionPage } },
})

export const endSession = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/{session_id}/',
  tag: 'Accounts',
  rule: 'A4',
  summary: "End one of the caller's sessions",
  description:
    'Its tokens stop working at once, and its sockets are closed. It may be the present one.',
  isForSuspended: true,
  params: { session_id: queryId },
  responses: { 204: { description: 'It has ended' } },
})

export const endOtherSessions = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/',
  tag: 'Accounts',
  rule: 'A4',
  summary: "End all of the caller's sessions but the present one",
  isForSuspended: true,
  responses: { 204: { description: 'They have ended' } },
})
