import { username } from '../accounts.ts'
import { ban, banPage, banRequest, listBansQuery } from '../bans.ts'
import { queryId } from '../fields.ts'
import { defineOperation } from './operation.ts'

const inRoom = { room_id: queryId }

export const listBans = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/bans/',
  tag: 'Rooms',
  rule: 'R7',
  summary: 'List the bans of a room',
  description: 'Only the owners and moderators of the room may do this.',
  params: inRoom,
  query: listBansQuery,
  responses: { 200: { description: 'A page of bans', schema: banPage } },
  problems: {
    forbidden: 'the caller is neither an owner nor a moderator of the room',
    conflict: 'the room is a direct chat',
  },
})

export const putBan = defineOperation({
  method: 'PUT',
  path: '/api/rooms/{room_id}/bans/{username}/',
  tag: 'Rooms',
  rule: 'R7',
  summary: 'Ban a user from a room',
  description:
    'It also removes a member. Owners can ban anybody except owners. Moderators can ban anybody except owners and moderators.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  body: banRequest,
  example: { reason: 'Advertises in every message' },
  responses: {
    200: { description: 'The existing ban, with the new reason if one was given', schema: ban },
    201: { description: 'The new ban', schema: ban },
  },
  problems: {
    forbidden: 'the caller may not ban this user',
    conflict: 'the room is a direct chat',
  },
})

export const removeBan = defineOperation({
  method: 'DELETE',
  path: '/api/rooms/{room_id}/bans/{username}/',
  tag: 'Rooms',
  rule: 'R7',
  summary: 'Lift a ban',
  description:
    'It also allows a user who was removed from a public room less than ten minutes ago to join again.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  responses: { 204: { description: 'The user is not banned (any more)' } },
  problems: {
    forbidden: 'the caller is neither an owner nor a moderator of the room',
    conflict: 'the room is a direct chat',
  },
})
