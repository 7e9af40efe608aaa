import { createPasswordHasher } from '../src/core/accounts/password-hasher.ts'
import { createDataApiDatabase } from '../src/aws/database.ts'
import { createQueuedFanOut } from '../src/aws/queued-fan-out.ts'
import { createApiGatewaySender } from '../src/aws/sender.ts'
import { readConfig, readLimits } from './env.ts'
import { createLog } from './log.ts'
import { createRuntime, type Runtime } from './runtime.ts'

/** What the handlers work with on Lambda. */
export function createLambdaRuntime(environment: NodeJS.ProcessEnv): Runtime {
  const config = readConfig(environment)
  const log = createLog(config.LOG_LEVEL)
  return createRuntime({
    db: createDataApiDatabase({
      resourceArn: config.DATABASE_ARN,
      secretArn: config.DATABASE_SECRET_ARN,
      database: config.DATABASE_NAME,
    }),
    sender: createApiGatewaySender(log),
    fanOut: createQueuedFanOut(log, config.FAN_OUT_QUEUE_URL),
    passwords: createPasswordHasher(),
    keys: config.JWT_KEYS,
    limits: readLimits(environment),
    log,
    allowedOrigins: config.ALLOWED_ORIGINS,
  })
}
