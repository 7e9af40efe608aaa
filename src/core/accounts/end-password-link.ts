import type { Trx } from '../database/database.ts'

/**
 * [A9] Deletes the password link of a user who becomes an admin. Otherwise the link would be valid again when their
 * admin rights are revoked.
 */
export async function endPasswordLink(trx: Trx, userId: number): Promise<void> {
  await trx.deleteFrom('password_links').where('user_id', '=', userId).execute()
}
