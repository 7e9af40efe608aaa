import { createApiGatewayPoster } from '../src/aws/poster.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { sendingParts } from './parts/sending.ts'
import { disconnect } from './websocket/disconnect.ts'

/** $disconnect. It sends to connections but closes none, so it has a poster instead of a sender. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.disconnect, environment)
  return sendingParts(config, createApiGatewayPoster)
}, disconnect)
