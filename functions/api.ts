import { createApiGatewaySender } from '../src/aws/sender.ts'
import { createPasswordHasher } from '../src/core/accounts/password-hasher.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { api } from './http/app.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { signedInParts } from './parts/secrets.ts'
import { createRuntime } from './runtime.ts'

/** The HTTP API. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.api, environment)
  const parts = chatParts(config, createApiGatewaySender)
  return {
    ...createRuntime(parts, true),
    ...signedInParts(config, parts.log),
    passwords: createPasswordHasher(),
    allowedOrigins: config.ALLOWED_ORIGINS,
  }
}, api)
