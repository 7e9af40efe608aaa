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
    'A `client_id` makes a retry safe [M3]: it returns the first message, and publishes it again.',
  countsAsSend: true,
  body: sendRequest,
  example: { room_id: 1, message: 'Is anybody here?', client_id: '5f0c2a' },
  responses: {
    200: { description: 'A retry: the message that was stored the first time', schema: message },
    201: { description: 'The new message', schema: message },
  },
  problems: {
    not_found: 'the room does not exist, or the caller may not see it',
    forbidden:
      'the caller has not joined the room, or one user of the direct chat has blocked the other',
    conflict:
      'the partner of the direct chat has deleted their account, the room is archived [R9], or 20 messages of the caller are held already',
    held: 'the message contains a word that needs approval: it is published after an admin has approved it [S2]',
  },
})

export const listMessages = defineOperation({
  method: 'GET',
  path: '/api/messages/{room_id}/',
  tag: 'Messages',
  rule: 'M4',
  summary: 'Read the messages of a room',
  description:
    'Returns the newest page, or the page at the given position. On a page the oldest message is first.',
  params: { room_id: queryId },
  query: listMessagesQuery,
  responses: {
    200: {
      description: 'A page. `previous` leads to older messages, and `next` to newer ones',
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
  description:
    'Only its author may do this. An edit with the same text changes nothing, and makes no event.',
  countsAsSend: true,
  params: oneMessage,
  body: editRequest,
  example: { message: 'Is anybody here today?' },
  responses: { 200: { description: 'The message as it is now', schema: message } },
  problems: {
    ...mayNot,
    conflict:
      'the message was deleted, the room is archived [R9], or 20 texts of the caller are held already',
    forbidden: 'the caller is not the author, or is not in the room',
    held: 'the text contains a word that needs approval: the message changes after an admin has approved it [S2]',
  },
})

export const deleteMessage = defineOperation({
  method: 'DELETE',
  path: '/api/messages/{room_id}/{seq}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'Delete a message',
  description:
    'The author, the owners and the moderators of the room may do this. In a direct chat only the author may. The message keeps its place in the log. Its text and its reactions are deleted.',
  countsAsSend: true,
  params: oneMessage,
  responses: { 204: { description: 'The message is deleted, now or already before' } },
  problems: {
    not_found: mayNot.not_found,
    forbidden: 'the caller may not delete the message, or is not in the room',
  },
})

const oneReaction = { ...oneMessage, emoji }

export const addReaction = defineOperation({
  method: 'PUT',
  path: '/api/messages/{room_id}/{seq}/reactions/{emoji}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'React to a message',
  description: 'Adding the same emoji again changes nothing.',
  countsAsSend: true,
  params: oneReaction,
  responses: { 200: { description: 'The message as it is now', schema: message } },
  problems: {
    bad_request: '`emoji` is not one emoji',
    not_found: mayNot.not_found,
    forbidden: 'the caller has not joined the room',
    conflict:
      'the message was deleted, the room is archived [R9], or the message has 20 different emojis already',
  },
})

export const removeReaction = defineOperation({
  method: 'DELETE',
  path: '/api/messages/{room_id}/{seq}/reactions/{emoji}/',
  tag: 'Messages',
  rule: 'M5',
  summary: 'Remove a reaction',
  countsAsSend: true,
  params: oneReaction,
  responses: { 204: { description: 'The caller does not have this reaction (any more)' } },
  problems: {
    bad_request: '`emoji` is not one emoji',
    not_found: mayNot.not_found,
    forbidden: 'the caller has not joined the room',
  },
})
