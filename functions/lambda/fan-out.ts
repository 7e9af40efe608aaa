import { createApiGatewaySender } from '../../src/aws/sender.ts'
import { createPushRuntime } from '../cold-start/push-runtime.ts'
import { fanOut } from '../jobs/fan-out.ts'
import { onColdStart } from '../on-cold-start.ts'

/** As many posts as a whole CPU can make, even when each takes 80 ms. */
const concurrency = 200

export const handler = onColdStart(
  (environment) =>
    createPushRuntime(environment, (options) =>
      createApiGatewaySender({ ...options, concurrency }),
    ),
  fanOut,
)
