import { queryId } from '../fields.ts'
import { listMessagesQuery, message, messagePage, sendRequest } from '../messages.ts'
import { defineOperation } from './operation.ts'

export const sendMessage = defineOperation({
  method: 'POST',
  path: '/api/messages/',
  tag: 'Messages',
  rule: 'M1',
  summary: 'Send a message',
  description:
    'A `client_id` makes it safe to repeat [M3]: the first message comes back, and is published again.',
  hasUserLimit: true,
  body: sendRequest,
  example: { room_id: 1, message: 'Is anybody here?', client_id: '5f0c2a' },
  responses: {
    200: { description: 'The message that was stored the first time', schema: message },
    201: { description: 'The message', schema: message },
  },
  problems: {
    not_found: 'there is no such room',
    forbidden: 'the caller has not joined the room, or one of a direct chat has blocked the other',
    conflict: 'the other one of the direct chat has deleted their account',
  },
})

export const listMessages = defineOperation({
  method: 'GET',
  path: '/api/messages/{room_id}/',
  tag: 'Messages',
  rule: 'M4',
  summary: 'Read the messages of a room',
  description: 'The newest page, the oldest message first, or the one at the position asked for.',
  params: { room_id: queryId },
  query: listMessagesQuery,
  responses: {
    200: {
      description: 'A page: `previous` leads to older messages, `next` to newer ones',
      schema: messagePage,
    },
  },
})
