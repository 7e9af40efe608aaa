import type { Selectable } from 'kysely'
import type { User } from '../../protocol/accounts.ts'
import type { UserTable } from '../database.ts'

/** A user as they see themselves. */
export function renderUser(
  user: Pick<Selectable<UserTable>, 'id' | 'username' | 'email' | 'is_admin' | 'created_at'>,
): User {
  return {
    id: user.id,
    username: user.username,
    email: user.email ?? '',
    is_admin: user.is_admin,
    created_at: user.created_at.toISOString(),
  }
}
