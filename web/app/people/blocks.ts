import { client } from '../chat/client.ts'

/** Blocks somebody, or does so no longer. */
export async function setBlocked(username: string, isBlocked: boolean): Promise<void> {
  const id = '/api/users/me/blocks/{username}/'
  await client.request(`${isBlocked ? 'PUT' : 'DELETE'} ${id}`, { params: { username } })
}
