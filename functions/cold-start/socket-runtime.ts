import { createDataApiDatabase } from '../../src/aws/database.ts'
import { createApiGatewaySender } from '../../src/aws/sender.ts'
import { type Environment, functionEnvironments, readConfig, readLimits } from '../env.ts'
import { createLog } from '../log.ts'
import { createRuntime, type SocketRuntime } from '../runtime.ts'

/** What disconnect, frame and sendmessage work with on Lambda, and the others beside their own. */
export function createSocketRuntime(environment: Environment): SocketRuntime {
  const config = readConfig(functionEnvironments.frame, environment)
  const log = createLog(config.LOG_LEVEL)
  return createRuntime({
    db: createDataApiDatabase({
      resourceArn: config.DATABASE_ARN,
      secretArn: config.DATABASE_SECRET_ARN,
      database: config.DATABASE_NAME,
    }),
    sender: createApiGatewaySender(log),
    limits: readLimits(environment),
    log,
  })
}
