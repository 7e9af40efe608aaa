import { type Loose, ok, seenOf } from './answer.ts'
import { Broken, Untried } from './expect.ts'
import { type MadeAccount, WorldUser, type World } from './world.ts'

export interface CleanedUp {
  readonly accounts: number
  readonly rooms: number
  /** What could not be deleted, and why. */
  readonly left: readonly string[]
}

/**
 * Deletes the rooms and accounts that the run made. Rooms come first, because a deleted account only leaves its rooms.
 */
export async function cleanUp(world: World): Promise<CleanedUp> {
  const before = world.rooms.size
  const accounts = world.accounts.filter(({ isGone }) => !isGone)
  const left: string[] = []
  const users: WorldUser[] = []
  for (const account of accounts) {
    const user = await attempt(() => signIn(world, account))
    if (user instanceof WorldUser) users.push(user)
    else if (user !== null) left.push(`the account ${account.username}: ${user}`)
  }
  for (const user of users) {
    const why = await attempt(async () => await deleteRooms(user))
    if (why !== null) left.push(`rooms of ${user.username}: ${why}`)
  }
  const [first] = users
  for (const [id, title] of world.rooms) {
    const why = first
      ? await attempt(async () => await deleteLeftRoom(world, first, id))
      : 'no user is signed in'
    if (why !== null) left.push(`the room ${id} (${title}): ${why}`)
  }
  let deleted = 0
  for (const user of users) {
    const why = await attempt(async () => await deleteAccount(user))
    if (why === null) deleted++
    else left.push(`the account ${user.username}: ${why}`)
  }
  return { accounts: deleted, rooms: before - world.rooms.size, left }
}

/** Returns what `work` returns, or why it failed. */
async function attempt<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Broken || error instanceof Untried) return error.message
    return `it failed (${String(error)})`
  }
}

/** Signs in with a token that is still good, or by a login. Returns null when the account was never made. */
async function signIn(world: World, account: MadeAccount): Promise<WorldUser | null> {
  const { username, passwords, access } = account
  if (access !== undefined) {
    const answer = await world.call('GET', '/api/users/me/', { access })
    if (answer.status === 200) return new WorldUser(world, account, { user: answer.body, access })
  }
  for (const password of passwords.toReversed()) {
    const body = { username, password }
    const answer = await world.call('POST', '/api/login/', { body })
    if (answer.status !== 200) continue
    passwords.splice(passwords.lastIndexOf(password), 1)
    passwords.push(password)
    return new WorldUser(world, account, answer.body)
  }
  if (access === undefined) {
    account.isGone = true
    return null
  }
  throw new Broken('a login with the password of this account', 'that it was refused')
}

async function deleteRooms(user: WorldUser): Promise<null> {
  const rooms = await user.list('/api/rooms/?member=true')
  const own = rooms.filter(({ role, kind }: Loose) => role === 'owner' && kind !== 'direct')
  for (const { id } of own) await ok(user.delete(`/api/rooms/${id}/`), 204)
  return null
}

/**
 * Deletes a room that none of the users owns. A public room that everybody has left belongs to the next user who joins
 * it [R6].
 */
async function deleteLeftRoom(world: World, user: WorldUser, id: number): Promise<null> {
  const path = `/api/rooms/${id}/`
  const { status, body } = await user.get(path)
  if (status === 200 && body.kind === 'public') {
    await ok(user.post(`${path}join/`), 200)
    await ok(user.delete(path), 204)
  }
  // Otherwise it is deleted already: a private room is deleted when its last member leaves.
  world.rooms.delete(id)
  return null
}

async function deleteAccount(user: WorldUser): Promise<null> {
  for (const password of user.account.passwords.toReversed()) {
    const answer = await user.delete('/api/users/me/', { password })
    if (answer.status === 204) return null
    if (answer.status !== 403) throw new Broken('204', seenOf(answer))
  }
  throw new Broken('204', '403 to each password that the account may have')
}
