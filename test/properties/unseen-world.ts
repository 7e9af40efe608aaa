import * as fc from 'fast-check'
import type { Room } from '../../src/protocol/rooms.ts'
import { ok } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openDatabase } from '../support/watch-database.ts'
import type { TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'

/** What every message of an unseen room says, and no other. */
export const secret = 'quagga'

const unseenRoom = fc
  .record({
    kind: fc.constantFrom('private' as const, 'direct' as const, 'public' as const),
    messages: fc.nat(4),
    members: fc.nat(2),
    isDeleted: fc.boolean(),
    /** What the outsider once was to the room. */
    past: fc.constantFrom(
      'nobody' as const,
      'left' as const,
      'removed' as const,
      'banned' as const,
      'member' as const,
    ),
  })
  // A public room is unseen when it is deleted, and only then one's own. A direct chat is not deleted.
  .map((room) => ({
    ...room,
    isDeleted: room.kind === 'public' || (room.isDeleted && room.kind === 'private'),
    past: room.kind === 'direct' ? ('nobody' as const) : room.past,
  }))
  .filter(({ isDeleted, past }) => isDeleted || past !== 'member')
export type UnseenRoom = typeof unseenRoom extends fc.Arbitrary<infer T> ? T : never

export const unseenWorld = fc.record({
  rooms: fc.array(unseenRoom, { minLength: 1, maxLength: 3 }),
  token: fc.constantFrom('good' as const, 'good' as const, 'suspended' as const, 'ended' as const),
  blocks: fc.constantFrom('nobody' as const, 'owner' as const, 'outsider' as const),
  ownRooms: fc.nat(2),
})
export type UnseenWorld = typeof unseenWorld extends fc.Arbitrary<infer T> ? T : never

export interface People {
  readonly outsider: TestUser
  readonly owner: TestUser
  readonly others: readonly [TestUser, TestUser]
}

export async function registerPeople(server: TestServer): Promise<People> {
  const register = () => server.register()
  return {
    outsider: await register(),
    owner: await register(),
    others: [await register(), await register()],
  }
}

/** What the outsider may see, which is there before the rest. */
export async function makeOwnRooms({ ownRooms }: UnseenWorld, { outsider }: People): Promise<void> {
  for (let n = 0; n < ownRooms; n++) {
    const { id } = await outsider.createRoom({ title: `Own ${n}`, kind: 'private' })
    await ok(outsider.send(id, 'here I am'))
  }
}

export async function makeUnseenRoom(
  room: UnseenRoom,
  people: People,
): Promise<Pick<Room, 'id' | 'name'>> {
  const { outsider, owner } = people
  const made = await makeRoom(room, people)
  const path = `/api/rooms/${made.id}`
  if (room.past !== 'nobody') {
    if (room.kind === 'public') await join(made, outsider)
    else await ok(owner.put(`${path}/members/${outsider.username}/`, { role: 'member' }))
  }
  for (let n = 0; n < room.messages; n++) {
    const { seq } = await ok(owner.send(made.id, `${secret} ${n} for @${outsider.username}`))
    if (n % 2 === 0) await ok(owner.put(`/api/messages/${made.id}/${seq}/reactions/🎉/`))
  }
  if (room.past === 'left') await ok(outsider.post(`${path}/leave/`))
  if (room.past === 'banned') await ok(owner.put(`${path}/bans/${outsider.username}/`))
  if (room.past === 'removed') await ok(owner.delete(`${path}/members/${outsider.username}/`))
  if (room.isDeleted) await ok(owner.delete(`${path}/`))
  return made
}

async function makeRoom(room: UnseenRoom, { owner, others }: People): Promise<Room> {
  if (room.kind === 'direct') {
    return await ok(owner.post('/api/direct/', { username: others[0].username }))
  }
  const made = await owner.createRoom({ title: secret, kind: room.kind })
  await invite(owner, made, 'member', ...others.slice(0, room.members))
  return made
}

/** What happens to the outsider when all is there. */
export async function meddle(
  server: TestServer,
  { blocks, token }: UnseenWorld,
  { outsider, owner }: People,
): Promise<void> {
  const [by, whom] = blocks === 'owner' ? [owner, outsider] : [outsider, owner]
  if (blocks !== 'nobody') await ok(by.put(`/api/users/me/blocks/${whom.username}/`))
  if (token === 'good') return
  await using database = await openDatabase(server)
  const statement =
    token === 'suspended'
      ? 'update users set suspended_at = now() where id = $1'
      : 'update sessions set revoked_at = now() where user_id = $1'
  await database.execute(statement, [outsider.id])
}
