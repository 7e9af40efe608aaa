import { disconnect as forget } from '../../src/core/sockets/disconnect.ts'
import type { Pushes } from '../../src/core/push/publish.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import type { Runtime } from '../runtime.ts'
import type { DisconnectEvent, SocketResult } from './events.ts'

/** The handler of $disconnect. If it fails, the connection expires by itself [W11]. */
export function disconnect(
  runtime: Pushes & Pick<Runtime, 'log'> & Partial<Pick<Runtime, 'sends' | 'processLimits'>>,
) {
  return async (event: DisconnectEvent): Promise<SocketResult> => {
    const { connectionId, requestId } = event.requestContext
    // On Lambda this process has sent nothing, so there is nothing to close.
    runtime.sends?.closed(connectionId)
    runtime.processLimits?.closed(connectionId)
    try {
      // Many sockets may close at the same moment. Messages must not wait for all of them.
      const work = () => forget(runtime, connectionId)
      await withRequestId(
        requestId,
        () => runtime.processLimits?.forArrival(connectionId, work) ?? work(),
      )
      return { statusCode: 200 }
    } catch (error) {
      runtime.log.error('a disconnect failed', { requestId, connectionId, error })
      return { statusCode: 500 }
    }
  }
}
