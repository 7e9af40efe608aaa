import { createApiGatewayPoster } from '../../src/aws/poster.ts'
import { type Environment, functionEnvironments, readConfig } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import type { ConnectRuntime } from '../runtime.ts'
import { createSecrets } from './secrets.ts'
import { createRoomRuntime } from './room-runtime.ts'

export function createConnectRuntime(environment: Environment): OnLambda<ConnectRuntime> {
  const config = readConfig(functionEnvironments.connect, environment)
  const runtime = createRoomRuntime(environment, createApiGatewayPoster)
  return {
    ...runtime,
    ...createSecrets(config, runtime.log),
    allowedOrigins: config.ALLOWED_ORIGINS,
  }
}
