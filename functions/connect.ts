import { createApiGatewayPoster } from '../src/aws/poster.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { signedInParts } from './parts/secrets.ts'
import { createRuntime } from './runtime.ts'
import { connect } from './websocket/connect.ts'

/** $connect. It sends to connections but closes none, so it has a poster instead of a sender. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.connect, environment)
  const parts = chatParts(config, createApiGatewayPoster)
  return {
    ...createRuntime(parts, true),
    ...signedInParts(config, parts.log),
    allowedOrigins: config.ALLOWED_ORIGINS,
  }
}, connect)
