import { createDataApiDatabase } from '../../src/aws/database.ts'
import type { PosterOptions } from '../../src/aws/poster.ts'
import type { Poster } from '../../src/core/ports.ts'
import type { FunctionConfig } from '../env.ts'
import { createLog } from '../log.ts'
import { createMetrics, type FlushedMetrics } from '../metrics.ts'
import type { Runtime } from '../runtime.ts'

/**
 * The parts of a function that sends to connections. `createSender` makes a sender, which can also close connections,
 * or a poster, which cannot.
 */
export function sendingParts<Sender extends Poster>(
  config: FunctionConfig<'fan-out'>,
  createSender: (options: PosterOptions) => Sender,
): Pick<Runtime, 'db' | 'log'> & { readonly sender: Sender; readonly metrics: FlushedMetrics } {
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
