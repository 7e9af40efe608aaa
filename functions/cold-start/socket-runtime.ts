import { createApiGatewaySender } from '../../src/aws/sender.ts'
import type { Environment } from '../env.ts'
import type { OnLambda } from '../on-cold-start.ts'
import type { SocketRuntime } from '../runtime.ts'
import { createRoomRuntime } from './room-runtime.ts'

/** What frame and sendmessage work with on Lambda, and the API beside its own. */
export function createSocketRuntime(environment: Environment): OnLambda<SocketRuntime> {
  return createRoomRuntime(environment, createApiGatewaySender)
}
