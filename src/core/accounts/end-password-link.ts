import type { Trx } from '../database/database.ts'

/** [A9] Whoever becomes an admin has no link: it would go on to be good when they are none any more. */
export async function endPasswordLink(trx: Trx, userId: number): Promise<void> {
  await trx.deleteFrom('password_links').where('user_id', '=', userId).execute()
}
