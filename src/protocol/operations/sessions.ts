import { listSessionsQuery, logoutRequest, sessionPage } from '../accounts.ts'
import { queryId } from '../fields.ts'
import { defineOperation } from './operation.ts'

export const logout = defineOperation({
  method: 'POST',
  path: '/api/logout/',
  tag: 'Accounts',
  rule: 'A4',
  summary: 'Log out: end the session',
  description:
    'The access token stops working at once, and the sockets of the session are closed. A page with its refresh token in a cookie [A7] gives `"refresh_in": "cookie"`.',
  isForSuspended: true,
  body: logoutRequest,
  example: {},
  responses: { 204: { description: 'The session has ended' } },
  problems: {
    forbidden: '`refresh_in` is `cookie`, but the request is not from a page of this host',
  },
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
    'Its tokens stop working at once, and its sockets are closed. It may be the present session.',
  isForSuspended: true,
  params: { session_id: queryId },
  responses: { 204: { description: 'The session has ended' } },
})

export const endOtherSessions = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/',
  tag: 'Accounts',
  rule: 'A4',
  summary: 'End all sessions of the caller except the present one',
  isForSuspended: true,
  responses: { 204: { description: 'The sessions have ended' } },
})
