import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import { type Environment, functionEnvironments, readConfig, readLimits } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import { createRuntime, type SocketRuntime } from '../runtime.ts'
import { createPushRuntime } from './push-runtime.ts'

/** What frame and sendmessage work with on Lambda, and the others beside their own. */
export function createSocketRuntime(environment: Environment): OnLambda<SocketRuntime> {
  const config = readConfig(functionEnvironments.frame, environment)
  const runtime = createPushRuntime(environment)
  return createRuntime({
    ...runtime,
    fanOut: createQueuedFanOut(runtime.log, config.FAN_OUT_QUEUE_URL),
    limits: readLimits(environment),
  })
}
