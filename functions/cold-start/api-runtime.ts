import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { type Environment, functionEnvironments, readConfig } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import type { Runtime } from '../runtime.ts'
import { createSecrets } from './secrets.ts'
import { createSocketRuntime } from './socket-runtime.ts'

export function createApiRuntime(environment: Environment): OnLambda<Runtime> {
  const config = readConfig(functionEnvironments.api, environment)
  const runtime = createSocketRuntime(environment)
  return {
    ...runtime,
    ...createSecrets(config, runtime.log),
    passwords: createPasswordHasher(),
    allowedOrigins: config.ALLOWED_ORIGINS,
  }
}
