import type { PosterOptions } from '../../src/aws/poster.ts'
import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import type { Poster } from '../../src/core/ports.ts'
import { type Environment, functionEnvironments, readConfig, readLimits } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import { createRuntime, type RoomRuntime } from '../runtime.ts'
import { createPushRuntime } from './push-runtime.ts'

/** What those work with on Lambda that tell rooms of something. */
export function createRoomRuntime<Pushing extends Poster>(
  environment: Environment,
  createSender: (options: PosterOptions) => Pushing,
): OnLambda<RoomRuntime & { readonly sender: Pushing }> {
  const config = readConfig(functionEnvironments.frame, environment)
  const runtime = createPushRuntime(environment, createSender)
  return createRuntime(
    {
      ...runtime,
      fanOut: createQueuedFanOut(runtime.log, config.FAN_OUT_QUEUE_URL),
      limits: readLimits(environment),
    },
    true,
  )
}
