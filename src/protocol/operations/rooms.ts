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
  summary: 'Create a room',
  description:
    'The caller becomes the owner. A public room has the given name, or a name made from its title. A private room has a random name.',
  userLimit: 'rooms',
  body: createRoomRequest,
  example: { title: 'Tea', description: 'Leaves and water' },
  responses: { 201: { description: 'The new room', schema: room } },
  problems: {
    conflict: 'the name is taken, or the caller has created or joined too many rooms',
  },
})

export const listRooms = defineOperation({
  method: 'GET',
  path: '/api/rooms/',
  tag: 'Rooms',
  rule: 'R1',
  summary: "List public rooms and the caller's own, the newest first",
  description:
    "`member=true` lists only the caller's own rooms. With it, `order=activity` lists the rooms with the latest events first.",
  query: listRoomsQuery,
  responses: { 200: { description: 'A page of rooms', schema: roomPage } },
})

export const readRoom = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/',
  tag: 'Rooms',
  rule: 'R1',
  summary: 'Read a room',
  params: inRoom,
  responses: {
    200: { description: 'The room, with the number of members who are online', schema: roomDetail },
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
    forbidden: 'the caller is neither an owner nor a moderator of the room',
    conflict: 'the room is a direct chat, or is archived [R9]',
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
  responses: { 204: { description: 'The room is deleted' } },
  problems: {
    forbidden: 'the caller is not an owner of the room',
    conflict: 'the room is a direct chat',
  },
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
    conflict: 'the caller is in too many rooms already',
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
  responses: { 204: { description: 'The caller is not a member (any more)' } },
  problems: { conflict: 'the room is a direct chat' },
})

export const markRead = defineOperation({
  method: 'POST',
  path: '/api/rooms/{room_id}/read/',
  tag: 'Rooms',
  rule: 'M8',
  summary: "Move the caller's read marker forward",
  params: inRoom,
  body: readRequest,
  example: { seq: 42 },
  responses: { 200: { description: 'The position of the marker', schema: readState } },
  problems: { forbidden: 'the caller is not a member' },
})

export const listEvents = defineOperation({
  method: 'GET',
  path: '/api/rooms/{room_id}/events/',
  tag: 'Rooms',
  rule: 'M6',
  summary: 'Read the log of a room',
  description:
    'Returns every durable event after a position, in order, in the same form as on a socket. Each event shows the present state of its message or room.',
  params: inRoom,
  query: listEventsQuery,
  responses: {
    200: {
      description: 'A page. `next` leads to later events, and `previous` is always null',
      schema: eventPage,
    },
  },
})

export const setNotify = defineOperation({
  method: 'PUT',
  path: '/api/rooms/{room_id}/notify/',
  tag: 'Rooms',
  rule: 'N2',
  summary: 'Choose which messages of a room notify the caller',
  description:
    '`all` is every message, `mentions` the messages that mention the caller, and `none` no message. Invitations, notices and `opened` always notify.',
  userLimit: 'settings',
  params: inRoom,
  body: notifyRequest,
  example: { notify: 'all' },
  responses: { 200: { description: 'The chosen setting', schema: notifyState } },
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
  summary: 'Invite a user, or change the role of a member',
  description:
    'Without `role`, a new member gets the role `member`, and a member keeps their role.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  body: putMemberRequest,
  example: { role: 'moderator' },
  responses: {
    200: { description: 'The existing member, with their role', schema: member },
    201: { description: 'The new member', schema: member },
  },
  problems: {
    forbidden:
      'the caller may not give this role or invite anybody, or the invited user has blocked the caller or is banned',
    conflict:
      'the room is a direct chat, it would be left without an owner, or the invited user is in too many rooms',
  },
})

export const removeMember = defineOperation({
  method: 'DELETE',
  path: '/api/rooms/{room_id}/members/{username}/',
  tag: 'Rooms',
  rule: 'R2',
  summary: 'Remove a member',
  description:
    'Owners can remove anybody except owners. Moderators can remove members. A user who is removed from a public room cannot join it for ten minutes, unless they are invited.',
  userLimit: 'member-changes',
  params: { ...inRoom, username },
  responses: { 204: { description: 'The user is not a member (any more)' } },
  problems: {
    forbidden: 'the caller may not remove this user',
    conflict: 'the room is a direct chat',
  },
})

export const openDirect = defineOperation({
  method: 'POST',
  path: '/api/direct/',
  tag: 'Rooms',
  rule: 'R3',
  summary: 'Open the direct chat with a user',
  description:
    'Two users have one direct chat. Every call by either of them returns the same room, also when both call at the same moment.',
  userLimit: 'rooms',
  body: directRequest,
  example: { username: 'ben' },
  responses: {
    200: { description: 'The existing room', schema: room },
    201: { description: 'The new room', schema: room },
  },
  problems: {
    not_found: 'the user does not exist',
    forbidden: 'one of the two users has blocked the other',
    conflict: 'one of the two users has too many direct chats',
  },
})
