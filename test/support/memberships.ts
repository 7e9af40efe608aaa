import type { Room } from '../../src/protocol/rooms.ts'
import type { TestUser } from './test-user.ts'
import { ok } from './answers.ts'

export async function join(room: Pick<Room, 'id'>, ...users: TestUser[]): Promise<void> {
  for (const user of users) await ok(user.post(`/api/rooms/${room.id}/join/`))
}

export async function invite(
  by: TestUser,
  room: Pick<Room, 'id'>,
  role: string,
  ...users: TestUser[]
): Promise<void> {
  for (const { username } of users) {
    await ok(by.put(`/api/rooms/${room.id}/members/${username}/`, { role }))
  }
}
