import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { createTally } from '../../src/core/monitoring/tally.ts'
import type { Db } from '../../src/core/database/database.ts'
import type { FunctionConfig } from '../env.ts'
import type { Runtime } from '../runtime.ts'

/** The parts that only the admin's pages need. */
export function adminParts(
  config: FunctionConfig<'admin'>,
  db: Db,
): Pick<Runtime, 'passwords' | 'tally' | 'adminTotp' | 'chatUrl'> {
  return {
    passwords: createPasswordHasher(),
    tally: createTally(db),
    adminTotp: config.ADMIN_TOTP,
    chatUrl: () => config.CHAT_URL,
  }
}
