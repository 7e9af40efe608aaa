import { username } from '../accounts.ts'
import { queryId } from '../fields.ts'
import {
  createRoomRequest,
  directRequest,
  listMembersQuery,
  listRoomsQuery,
  member,
  memberPage,
  notifyRequest,
  notifyState,
  putMemberRequest,
  readRequest,
  readState,
  room,
  roomDetail,
  roomPage,
  updateRoomRequest,
} from '../rooms.ts'
import { eventPage, listEventsQuery } from '../socket.ts'
import { defineOperation } from './operation.ts'

const inRoom = { room_id: queryId }

export const createRoom = defineOperation({
  method: 'POST',
  path: '/api/rooms/',
  tag: 'Rooms',
  rule: 'R1',
  summary: 'Make a room',
  description:
    'Its maker is its owner. A public room has the name that was chosen, or one made from its title; a private one has a random name.',
  userLimit: 'rooms',
  body: createRoomRequest,
  example: { title: 'Tea', description: 'Leaves and water' },
  responses: { 201: { description: 'The room', schema: room } },
  problems: { conflict: 'the name is taken, or the caller has made, or is in, too many rooms' },
})

export const listRooms = defineOperation({
  method: 'GET',
  path: '/api/rooms/',
  tag: 'Rooms',
  rule: 'R1',
  summary: "List public rooms and the caller's own, the newest first",
  description:
    "With `member=true` it lists only the caller's own rooms. These may also be listed by activity: `order=activity` puts the rooms with the latest events first.",
  query: listRoomsQuery,
  responses: { 200: { description: 'A page of rooms', schema: roomPage } },
})

export const readRoom = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/',
  tag: 'Rooms',
  rule: 'R1',
  summary: 'Look at a room',
  params: inRoom,
  responses: {
    200: { description: 'The room, with how many members are online', schema: roomDetail },
  },
})

export const updateRoom = defineOperation({
  method: 'PATCH',
  path: '/api/rooms/{room_id}/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Change the title or the description of a room',
  userLimit: 'room-changes',
  params: inRoom,
  body: updateRoomRequest,
  example: { title: 'Tea and coffee' },
  responses: { 200: { description: 'The room', schema: room } },
  problems: {
    forbidden: 'the caller is neither its owner nor a moderator',
    conflict: 'it is a direct chat',
  },
})

export const deleteRoom = defineOperation({
  method: 'DELETE',
  path: '/api/rooms/{room_id}/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Delete a room',
  userLimit: 'room-changes',
  params: inRoom,
  responses: { 204: { description: 'It is deleted' } },
  problems: { forbidden: 'the caller is not its owner', conflict: 'it is a direct chat' },
})

export const joinRoom = defineOperation({
  method: 'POST',
  path: '/api/rooms/{room_id}/join/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Join a public room',
  userLimit: 'joins',
  params: inRoom,
  responses: { 200: { description: 'The room', schema: room } },
  problems: {
    forbidden: 'the caller is banned, or was removed less than ten minutes ago',
    conflict: 'the caller is in too many rooms',
  },
})

export const leaveRoom = defineOperation({
  method: 'POST',
  path: '/api/rooms/{room_id}/leave/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Leave a room',
  userLimit: 'joins',
  params: inRoom,
  responses: { 204: { description: 'The caller has left, or had before' } },
  problems: { conflict: 'it is a direct chat' },
})

export const markRead = defineOperation({
  method: 'POST',
  path: '/api/rooms/{room_id}/read/',
  tag: 'Rooms',
  rule: 'M8',
  summary: "Move the caller's marker forward",
  params: inRoom,
  body: readRequest,
  example: { seq: 42 },
  responses: { 200: { description: 'Where the marker is now', schema: readState } },
  problems: { forbidden: 'the caller is not a member' },
})

export const listEvents = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/events/',
  tag: 'Rooms',
  rule: 'M6',
  summary: 'Read the log of a room',
  description:
    'Every durable event after a position, in order, as on a socket; each shows its message or room as it is now.',
  params: inRoom,
  query: listEventsQuery,
  responses: {
    200: { description: 'A page: `next` leads on, there is no way back', schema: eventPage },
  },
})

export const setNotify = defineOperation({
  method: 'PUT',
  path: '/api/rooms/{room_id}/notify/',
  tag: 'Rooms',
  rule: 'N2',
  summary: 'Choose what of a room the caller is notified of',
  description:
    'Of everything, of what mentions them, or of nothing. Invitations and notices come always.',
  userLimit: 'settings',
  params: inRoom,
  body: notifyRequest,
  example: { notify: 'all' },
  responses: { 200: { description: 'What was chosen', schema: notifyState } },
  problems: { forbidden: 'the caller is not a member' },
})

export const listMembers = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/members/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'List the members of a room',
  params: inRoom,
  query: listMembersQuery,
  responses: { 200: { description: 'A page of members', schema: memberPage } },
})

export const putMember = defineOperation({
  method: 'PUT',
  path: '/api/rooms/{room_id}/members/{username}/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Invite somebody, or change the role of a member',
  description: 'Without a role, a new member gets the role member, and a member keeps their role.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  body: putMemberRequest,
  example: { role: 'moderator' },
  responses: {
    200: { description: 'The member, with the role', schema: member },
    201: { description: 'The new member', schema: member },
  },
  problems: {
    forbidden:
      'the caller may not give this role or invite anybody, or the invited user has blocked the caller or is banned',
    conflict:
      'it is a direct chat, the room would be left without an owner, or the invited user is in too many rooms',
  },
})

export const removeMember = defineOperation({
  method: 'DELETE',
  path: '/api/rooms/{room_id}/members/{username}/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Remove a member',
  description:
    'Owners remove anybody except owners. Moderators remove members. Somebody who is removed from a public room cannot join it for ten minutes, unless they are invited.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  responses: { 204: { description: 'They are no member any more' } },
  problems: {
    forbidden: 'the caller may not remove them',
    conflict: 'it is a direct chat',
  },
})

export const openDirect = defineOperation({
  method: 'POST',
  path: '/api/direct/',
  tag: 'Rooms',
  rule: 'R3',
  summary: 'Open the direct chat with somebody',
  description:
    'The one room of the two, however often and from whichever side it is asked, also at the same moment.',
  userLimit: 'rooms',
  body: directRequest,
  example: { username: 'ben' },
  responses: {
    200: { description: 'The room that is there already', schema: room },
    201: { description: 'The new room', schema: room },
  },
  problems: {
    not_found: 'there is no such user',
    forbidden: 'one of the two has blocked the other',
    conflict: 'one of the two has too many direct chats',
  },
})
