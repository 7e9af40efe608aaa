import { createApiGatewaySender } from '../src/aws/sender.ts'
import { createPasswordHasher } from '../src/core/accounts/password-hasher.ts'
import { createTally } from '../src/core/monitoring/tally.ts'
import { admin } from './admin/app.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { behindCdnParts } from './parts/secrets.ts'

/** The admin's pages. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.admin, environment)
  const parts = chatParts(config, createApiGatewaySender)
  return {
    ...parts,
    ...behindCdnParts(config, parts.log),
    passwords: createPasswordHasher(),
    tally: createTally(parts.db),
    adminTotp: config.ADMIN_TOTP,
    chatUrl: () => config.CHAT_URL,
  }
}, admin)
