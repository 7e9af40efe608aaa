import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { fanOut } from './jobs/fan-out.ts'
import { onColdStart } from './on-cold-start.ts'
import { pushingParts } from './parts/pushing.ts'

/** As many posts as a whole CPU can make, even when each takes 80 ms. */
const concurrency = 200

/** The worker that pushes to large rooms, which a queue wakes. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments['fan-out'], environment)
  return pushingParts(config, (options) => createApiGatewaySender({ ...options, concurrency }))
}, fanOut)
