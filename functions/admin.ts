import { createApiGatewaySender } from '../src/aws/sender.ts'
import { admin } from './admin/app.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { adminParts } from './parts/admin.ts'
import { chatParts } from './parts/chat.ts'
import { behindCdnParts } from './parts/secrets.ts'

/** The admin's pages. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.admin, environment)
  const parts = chatParts(config, createApiGatewaySender)
  return {
    ...parts,
    ...behindCdnParts(config, parts.log),
    ...adminParts(config, parts.db),
  }
}, admin)
