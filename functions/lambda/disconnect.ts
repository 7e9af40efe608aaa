import { createApiGatewayPoster } from '../../src/aws/poster.ts'
import { createPushRuntime } from '../cold-start/push-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'
import { disconnect } from '../websocket/disconnect.ts'

export const handler = onColdStart(
  (environment) => createPushRuntime(environment, createApiGatewayPoster),
  disconnect,
)
