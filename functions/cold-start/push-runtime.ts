import { createDataApiDatabase } from '../../src/aws/database.ts'
import type { PosterOptions } from '../../src/aws/poster.ts'
import type { Poster } from '../../src/core/ports.ts'
import { type Environment, functionEnvironments, readConfig } from '../env.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import type { OnLambda } from '../on-cold-start.ts'
import type { PushRuntime } from '../runtime.ts'

/** What fan-out and disconnect work with on Lambda, and the others beside their own. */
export function createPushRuntime<Pushing extends Poster>(
  environment: Environment,
  createSender: (options: PosterOptions) => Pushing,
): OnLambda<PushRuntime & { readonly sender: Pushing }> {
  const config = readConfig(functionEnvironments['fan-out'], environment)
  const log = createLog(config.LOG_LEVEL)
  const metrics = createMetrics(config.POWERTOOLS_METRICS_NAMESPACE, config.POWERTOOLS_SERVICE_NAME)
  return {
    db: createDataApiDatabase(
      {
        resourceArn: config.DATABASE_ARN,
        secretArn: config.DATABASE_SECRET_ARN,
        database: config.DATABASE_NAME,
      },
      {
        onResuming: () => metrics.add('DatabaseResuming', 1),
        resumeWaitMs: config.DATABASE_RESUME_WAIT_MS,
      },
    ),
    sender: createSender({ log, metrics }),
    log,
    metrics,
  }
}
