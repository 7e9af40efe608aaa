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
  summary: 'List who is banned from a room',
  description: 'For its owners and moderators.',
  params: inRoom,
  query: listBansQuery,
  responses: { 200: { description: 'A page of bans', schema: banPage } },
  problems: {
    forbidden: 'the caller is neither its owner nor a moderator',
    conflict: 'it is a direct chat',
  },
})

export const putBan = defineOperation({
  method: 'PUT',
  path: '/api/rooms/{room_id}/bans/{username}/',
  tag: 'Rooms',
  rule: 'R7',
  summary: 'Ban somebody from a room',
  description:
    'A member is removed. Owners can ban anybody except owners. Moderators can ban anybody except owners and moderators.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  body: banRequest,
  example: { reason: 'Advertises in every message' },
  responses: {
    200: { description: 'The ban that was there, with the reason', schema: ban },
    201: { description: 'The new ban', schema: ban },
  },
  problems: {
    forbidden: 'the caller may not ban them',
    conflict: 'it is a direct chat',
  },
})

export const removeBan = defineOperation({
  method: 'DELETE',
  path: '/api/rooms/{room_id}/bans/{username}/',
  tag: 'Rooms',
  rule: 'R7',
  summary: 'Lift a ban',
  description: 'It also lets somebody in again who was removed from a public room a moment ago.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  responses: { 204: { description: 'They are not banned, or were not before' } },
  problems: {
    forbidden: 'the caller is neither its owner nor a moderator',
    conflict: 'it is a direct chat',
  },
})
