import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import { createApiGatewaySender } from '../../src/aws/sender.ts'
import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { createTally } from '../../src/core/monitoring/tally.ts'
import { type Environment, functionEnvironments, readConfig, readLimits } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import type { AdminRuntime } from '../runtime.ts'
import { createPushRuntime } from './push-runtime.ts'
import { createViewerReader } from './secrets.ts'

export function createAdminRuntime(environment: Environment): OnLambda<AdminRuntime> {
  const config = readConfig(functionEnvironments.admin, environment)
  const runtime = createPushRuntime(environment, createApiGatewaySender)
  return {
    ...runtime,
    readViewer: createViewerReader(config, runtime.log),
    fanOut: createQueuedFanOut(runtime.log, config.FAN_OUT_QUEUE_URL),
    passwords: createPasswordHasher(),
    tally: createTally(runtime.db),
    limits: readLimits(environment),
    adminTotp: config.ADMIN_TOTP,
    chatUrl: () => config.CHAT_URL,
  }
}
