import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { fanOut } from './jobs/fan-out.ts'
import { onColdStart } from './on-cold-start.ts'
import { sendingParts } from './parts/sending.ts'

/** How many posts run at the same time. This keeps a whole CPU busy, even if each post takes 80 ms. */
const concurrency = 200

/** The worker that delivers to large rooms. A queue wakes it. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments['fan-out'], environment)
  return sendingParts(config, (options) => createApiGatewaySender({ ...options, concurrency }))
}, fanOut)
