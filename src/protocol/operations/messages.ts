import { emoji } from '../emoji.ts'
import { queryId } from '../fields.ts'
import { editRequest, listMessagesQuery, message, messagePage, sendRequest } from '../messages.ts'
import { defineOperation } from './operation.ts'

export const sendMessage = defineOperation({
  method: 'POST',
  path: '/api/messages/',
  tag: 'Messages',
  rule: 'M1',
  summary: 'Send a message',
  description:
    'A `client_id` makes it safe to repeat [M3]: the first message comes back, and is published again.',
  countsAsSend: true,
  body: sendRequest,
  example: { room_id: 1, message: 'Is anybody here?', client_id: '5f0c2a' },
  responses: {
    200: { description: 'The message that was stored the first time', schema: message },
    201: { description: 'The message', schema: message },
  },
  problems: {
    not_found: 'there is no such room',
    forbidden: 'the caller has not joined the room, or one of a direct chat has blocked the other',
    conflict:
      'the other one of the direct chat has deleted their account, or 20 messages of the caller are held already',
    held: 'it has a word that admins look at first: it is published when one of them has approved it [S2]',
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

const oneMessage = { room_id: queryId, seq: queryId }
const mayNot = {
  not_found: 'the room has no message with this number',
  conflict: 'the message was deleted',
} as const

export const editMessage = defineOperation({
  method: 'PATCH',
  path: '/api/messages/{room_id}/{seq}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'Edit a message',
  description: 'By its author. A text that it has already is no change, and makes no event.',
  countsAsSend: true,
  params: oneMessage,
  body: editRequest,
  example: { message: 'Is anybody here today?' },
  responses: { 200: { description: 'The message as it is now', schema: message } },
  problems: {
    ...mayNot,
    conflict: 'the message was deleted, or 20 texts of the caller are held already',
    forbidden: 'the caller is not its author, or not in the room',
    held: 'the text has a word that admins look at first: the message gets it when one of them has approved it [S2]',
  },
})

export const deleteMessage = defineOperation({
  method: 'DELETE',
  path: '/api/messages/{room_id}/{seq}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'Delete a message',
  description:
    'By its author, or the owner or a moderator of the room; in a direct chat by its author alone. Its place in the log stays, its text and its reactions go.',
  countsAsSend: true,
  params: oneMessage,
  responses: { 204: { description: 'It is deleted, or was before' } },
  problems: {
    not_found: mayNot.not_found,
    forbidden: 'the caller may not delete it, or is not in the room',
  },
})

const oneReaction = { ...oneMessage, emoji }

export const addReaction = defineOperation({
  method: 'PUT',
  path: '/api/messages/{room_id}/{seq}/reactions/{emoji}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'React to a message',
  description: 'An emoji that the caller has on the message already is no change.',
  countsAsSend: true,
  params: oneReaction,
  responses: { 200: { description: 'The message as it is now', schema: message } },
  problems: {
    bad_request: 'this is not one emoji',
    not_found: mayNot.not_found,
    forbidden: 'the caller has not joined the room',
    conflict: 'the message was deleted, or has 20 different emojis',
  },
})

export const removeReaction = defineOperation({
  method: 'DELETE',
  path: '/api/messages/{room_id}/{seq}/reactions/{emoji}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'Take a reaction back',
  countsAsSend: true,
  params: oneReaction,
  responses: { 204: { description: 'The caller does not have this emoji on the message' } },
  problems: {
    bad_request: 'this is not one emoji',
    not_found: mayNot.not_found,
    forbidden: 'the caller has not joined the room',
  },
})
