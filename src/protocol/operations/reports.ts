import { username } from '../accounts.ts'
import { queryId } from '../fields.ts'
import { report, reportRequest } from '../reports.ts'
import { defineOperation } from './operation.ts'

const responses = {
  200: { description: 'The existing report, with the new reason and text', schema: report },
  201: { description: 'The new report', schema: report },
} as const
const example = { reason: 'spam', text: 'The same advertisement every day' }

export const reportMessage = defineOperation({
  method: 'PUT',
  path: '/api/messages/{room_id}/{seq}/report/',
  tag: 'Messages',
  rule: 'S1',
  summary: 'Report a message to the admins',
  description:
    'Everybody who may read the message may report it. Admins then see it with some messages around it. Reporting again changes the reason and the text, as long as no admin has handled the report.',
  userLimit: 'reports',
  params: { room_id: queryId, seq: queryId },
  body: reportRequest,
  example,
  responses,
  problems: {
    not_found: 'the room has no message with this number',
    conflict: "the message is the caller's own, or was deleted",
  },
})

export const reportUser = defineOperation({
  method: 'PUT',
  path: '/api/users/{username}/report/',
  tag: 'Accounts',
  rule: 'S1',
  summary: 'Report a user to the admins',
  description:
    'Reporting again changes the reason and the text, as long as no admin has handled the report.',
  userLimit: 'reports',
  params: { username },
  body: reportRequest,
  example,
  responses,
  problems: { conflict: 'the user is the caller' },
})
