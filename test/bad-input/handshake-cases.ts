import { protocolV1 } from '../../src/protocol/socket.ts'
import type { HandshakeCase } from './handshake-case.ts'
import type { World } from './world.ts'

const bearer = ({ member }: World) => ({ Authorization: `Bearer ${member.access}` })
const offering = (protocols: string) => ({ 'Sec-WebSocket-Protocol': protocols })
/** Makes an origin from the server's own, `http://localhost:<port>`. */
const from = (foreign: (own: URL) => string) => (world: World) => ({
  Origin: foreign(new URL(world.server.url)),
})

const credentials: readonly HandshakeCase[] = [
  { name: 'without a token', as: 'nobody', status: 401 },
  { name: 'with our protocol alone', as: 'nobody', headers: offering(protocolV1), status: 401 },
  {
    name: 'with a bad token',
    as: 'nobody',
    headers: offering(`${protocolV1}, nonsense`),
    status: 401,
  },
  {
    name: 'with a token cut short',
    as: 'nobody',
    headers: ({ member }) => offering(`${protocolV1}, ${member.access.slice(0, -1)}`),
    status: 401,
  },
  {
    name: 'with a refresh token',
    as: 'nobody',
    headers: ({ member }) => offering(`${protocolV1}, ${member.refresh}`),
    status: 401,
  },
  {
    name: 'with the token before the protocol',
    as: 'nobody',
    headers: ({ member }) => offering(`${member.access}, ${protocolV1}`),
    status: 401,
  },
  {
    name: 'with the token as the third word',
    as: 'nobody',
    headers: ({ member }) => offering(`${protocolV1}, chat, ${member.access}`),
    status: 401,
  },
  {
    name: 'with protocol and token in two headers',
    as: 'nobody',
    headers: ({ member }) => ({ 'Sec-WebSocket-Protocol': [protocolV1, member.access] }),
    status: 401,
  },
  {
    name: 'with Bearer without a token',
    as: 'nobody',
    headers: { Authorization: 'Bearer' },
    status: 401,
  },
  {
    name: 'with Basic',
    as: 'nobody',
    headers: { Authorization: `Basic ${btoa('mallory:correct horse battery')}` },
    status: 401,
  },
  {
    name: 'with the token in the query string',
    as: 'nobody',
    path: ({ member }) => `/ws/?token=${member.access}&access_token=${member.access}`,
    status: 401,
  },
  {
    name: 'with the token in a cookie',
    as: 'nobody',
    headers: ({ member }) => ({ Cookie: `access=${member.access}` }),
    status: 401,
  },
  { name: 'with an empty protocol', as: 'nobody', headers: offering(''), status: 400 },
  { name: 'with protocols of commas', as: 'nobody', headers: offering(', ,'), status: 400 },
  { name: 'with a protocol in quotes', as: 'nobody', headers: offering('"chat"'), status: 400 },
  { name: 'with the same protocol twice', as: 'nobody', headers: offering('a, a'), status: 400 },
]

const origins: readonly HandshakeCase[] = [
  { name: 'from a foreign origin', headers: { Origin: 'https://evil.example' }, status: 403 },
  { name: 'from the origin null', headers: { Origin: 'null' }, status: 403 },
  { name: 'from an empty origin', headers: { Origin: '' }, status: 403 },
  { name: 'from an origin that is no URL', headers: { Origin: 'localhost' }, status: 403 },
  { name: 'from a file', headers: { Origin: 'file://' }, status: 403 },
  {
    name: 'from an origin that begins like ours',
    headers: from((own) => `${own.origin}.evil.example`),
    status: 403,
  },
  {
    name: 'from a host that begins like ours',
    headers: from((own) => `http://${own.hostname}.evil.example:${own.port}`),
    status: 403,
  },
  {
    name: 'from a host that ends like ours',
    headers: from((own) => `http://evil-${own.host}`),
    status: 403,
  },
  {
    name: 'from our name at another port',
    headers: from((own) => `http://${own.hostname}:1`),
    status: 403,
  },
  {
    name: 'from an origin with our host as its user',
    headers: from((own) => `http://${own.host}@evil.example`),
    status: 403,
  },
  {
    name: 'from a foreign origin, whatever else is wrong',
    as: 'nobody',
    headers: { Origin: 'https://evil.example' },
    status: 403,
  },
]

const rooms: readonly HandshakeCase[] = [
  { name: 'to an unknown room', path: '/ws/chat/nowhere/', status: 404 },
  {
    name: "to somebody's private room",
    path: ({ privateRoom }) => `/ws/chat/${privateRoom.name}/`,
    status: 404,
  },
  { name: 'to a room by its id', path: ({ room }) => `/ws/chat/${room.id}/`, status: 404 },
  { name: 'to a room of two words', path: '/ws/chat/a/b/', status: 404 },
  { name: 'to a room of no word', path: '/ws/chat/', status: 404 },
  { name: 'to a room with a NUL', path: '/ws/chat/bad_input%00/', status: 404 },
  { name: 'to a room of half a character', path: '/ws/chat/%ED%A0%80/', status: 404 },
  { name: 'to a room above', path: '/ws/chat/%2e%2e%2fbad_input/', status: 404 },
  { name: 'to a room of SQL', path: "/ws/chat/bad_input'%20or%201=1/", status: 404 },
  { name: 'to a room that smuggles another', path: '/ws/chat/a&room=bad_input/', status: 404 },
  { name: 'to a room with a percent sign', path: '/ws/chat/%/', status: 404 },
  { name: 'to a room name of 65 letters', path: `/ws/chat/${'a'.repeat(65)}/`, status: 404 },
  { name: 'to a room with a NUL in the query', path: '/ws/?room=bad_input%00', status: 404 },
  { name: 'to an empty room in the query', path: '/ws/?room=', status: 404 },
  {
    name: 'to an unknown room without a token',
    as: 'nobody',
    path: '/ws/chat/nowhere/',
    status: 401,
  },
]

const requests: readonly HandshakeCase[] = [
  { name: 'of another path', path: '/api/rooms/', status: 403 },
  { name: 'of the root', path: '/', status: 403 },
  { name: 'of a path of 5 KB', path: `/ws/chat/${'a'.repeat(5_000)}/`, status: 414 },
  // The header is ignored: this is a request for a page that does not exist.
  { name: 'to another protocol', headers: { Upgrade: 'h2c' }, status: 404 },
  { name: 'of another version', headers: { 'Sec-WebSocket-Version': '12' }, status: 400 },
  { name: 'with a short key', headers: { 'Sec-WebSocket-Key': 'short' }, status: 400 },
  {
    name: 'with a token of 100 KB',
    as: 'nobody',
    headers: { Authorization: `Bearer ${'x'.repeat(100_000)}` },
    status: 431,
  },
]

export const handshakeCases = [
  ...credentials.map((given) => ({ ...given, name: `[W2] refuses an upgrade ${given.name}` })),
  ...origins.map((given) => ({
    ...given,
    headers: (world: World) => ({
      ...(given.as !== 'nobody' && bearer(world)),
      ...(typeof given.headers === 'function' ? given.headers(world) : given.headers),
    }),
    name: `[W2] refuses an upgrade ${given.name}`,
  })),
  ...rooms.map((given) => ({ ...given, name: `[W1] refuses an upgrade ${given.name}` })),
  ...requests.map((given) => ({ ...given, name: `refuses an upgrade ${given.name}` })),
]
