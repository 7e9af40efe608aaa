import {
  createDisconnectQueue,
  type DisconnectContext,
} from '../../src/core/sockets/disconnect-queue.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import type { Runtime } from '../runtime.ts'
import type { DisconnectEvent, SocketResult } from './events.ts'

/** The handler of $disconnect. If it fails, the connection expires by itself [W11]. */
export function disconnect(
  runtime: DisconnectContext & Partial<Pick<Runtime, 'sends' | 'processLimits'>>,
) {
  const letGo = createDisconnectQueue(runtime, runtime.processLimits)
  return async (event: DisconnectEvent): Promise<SocketResult> => {
    const { connectionId, requestId } = event.requestContext
    // On Lambda this process has sent nothing, so there is nothing to close.
    runtime.sends?.closed(connectionId)
    runtime.processLimits?.closed(connectionId)
    const isGone = await withRequestId(requestId, () => letGo(connectionId))
    return { statusCode: isGone ? 200 : 500 }
  }
}
