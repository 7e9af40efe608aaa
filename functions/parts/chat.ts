import type { PosterOptions } from '../../src/aws/poster.ts'
import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import type { Poster } from '../../src/core/ports.ts'
import { type FunctionConfig, toLimits } from '../env.ts'
import { sendingParts } from './sending.ts'

/** The parts of a function that publishes to rooms. The workers of the queue deliver to large rooms. */
export function chatParts<Sender extends Poster>(
  config: FunctionConfig<'frame'>,
  createSender: (options: PosterOptions) => Sender,
) {
  const parts = sendingParts(config, createSender)
  return {
    ...parts,
    fanOut: createQueuedFanOut(parts.log, config.FAN_OUT_QUEUE_URL),
    limits: toLimits(config),
  }
}
