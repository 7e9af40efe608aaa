import type { Selectable } from 'kysely'
import type { User } from '../../protocol/accounts.ts'
import type { UserTable } from '../database/database.ts'

/** The columns that a query must return for `renderUser`. */
export const userColumns = [
  'id',
  'username',
  'display_name',
  'email',
  'bio',
  'read_receipts',
  'is_admin',
  'created_at',
] as const

/** A user in the form that only they themselves see. */
export function renderUser(user: Pick<Selectable<UserTable>, (typeof userColumns)[number]>): User {
  return {
    id: user.id,
    username: user.username,
    display_name: user.display_name,
    email: user.email ?? '',
    bio: user.bio,
    read_receipts: user.read_receipts,
    is_admin: user.is_admin,
    created_at: user.created_at.toISOString(),
  }
}
