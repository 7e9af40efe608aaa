import { client } from '../chat/client.ts'

/** Blocks or unblocks a user. */
export async function setBlocked(username: string, isBlocked: boolean): Promise<void> {
  const id = '/api/users/me/blocks/{username}/'
  await client.request(`${isBlocked ? 'PUT' : 'DELETE'} ${id}`, { params: { username } })
}
