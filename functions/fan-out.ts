import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { fanOut } from './jobs/fan-out.ts'
import { onColdStart } from './on-cold-start.ts'
import { pushingParts } from './parts/pushing.ts'

/** How many posts are made at the same time: as many as a whole CPU can make, even when each takes 80 ms. */
const concurrency = 200

/** The worker that delivers to large rooms. A queue wakes it. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments['fan-out'], environment)
  return pushingParts(config, (options) => createApiGatewaySender({ ...options, concurrency }))
}, fanOut)
