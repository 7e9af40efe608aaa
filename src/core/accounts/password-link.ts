/** [A9] Links by which a user sets a new password once. An admin makes them: src/core/admin/password-links.ts. */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { passwordLinkHours } from '../../protocol/limits.ts'
import type { PasswordLinkRequest, PasswordSet } from '../../protocol/password-links.ts'
import { endSockets } from '../push/end-sockets.ts'
import type { AccountsContext } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { checkNewPassword } from './password-policy.ts'

export interface PasswordLink {
  /** The token itself is stored nowhere. The database has only its hash. */
  readonly token: string
  readonly expiresAt: Date
}

/** Makes a user's link, which replaces an earlier one: a user has at most one link. */
export async function makePasswordLink(trx: Trx, userId: number): Promise<PasswordLink> {
  const token = randomBytes(32).toString('base64url')
  const { rows } = await sql<{ expires_at: Date }>`
    insert into password_links (user_id, token_hash, expires_at)
    values (${userId}, ${hashOf(token)}, now() + make_interval(hours => ${sql.lit(passwordLinkHours)}))
    on conflict (user_id) do update
      set token_hash = excluded.token_hash, expires_at = excluded.expires_at
    returning expires_at`.execute(trx)
  return { token, expiresAt: rows[0]!.expires_at }
}

/**
 * Sets the password of the link's user, ends all their sessions and returns their names. The caller has charged the
 * address. A wrong token costs one look-up and no bcrypt hash. Throws `not_found` for every fault of the link. Throws
 * ValidationError for a password that is not accepted; the link stays valid then.
 */
export async function usePasswordLink(
  context: Pick<AccountsContext, 'db' | 'sender' | 'passwords'>,
  { token, new_password: newPassword }: PasswordLinkRequest,
): Promise<PasswordSet> {
  const { db, passwords } = context
  const hash = hashOf(token)
  const found = await db
    .selectFrom('password_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .where('l.token_hash', '=', hash)
    .where('l.expires_at', '>', sql<Date>`now()`)
    .where('u.is_admin', '=', false)
    .select(['u.id', 'u.username', 'u.display_name'])
    .executeTakeFirst()
  if (!found) throw noSuchLink()
  await checkNewPassword(newPassword, found.username, 'new_password')
  const newHash = await passwords.hash(newPassword)
  const { rows } = await sql<{ username: string | null }>`
    select use_password_link_v1(${found.id}, ${hash}, ${newHash}) as username`.execute(db)
  const username = rows[0]!.username
  if (username === null) throw noSuchLink()
  await endSockets(context, found.id)
  return { username, display_name: found.display_name }
}

function noSuchLink(): ChatError {
  return new ChatError(
    'not_found',
    'this link is not valid: it was used or replaced, or it has expired. Ask an admin for a new one',
  )
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
