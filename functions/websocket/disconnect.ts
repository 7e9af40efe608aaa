import { disconnect as forget } from '../../src/core/connections/disconnect.ts'
import { onColdStart } from '../on-cold-start.ts'
import type { SocketRuntime } from '../runtime.ts'
import type { DisconnectEvent, SocketResult } from './events.ts'

/** $disconnect. What it leaves undone expires by itself [W11]. */
export function disconnect(runtime: SocketRuntime) {
  return async (event: DisconnectEvent): Promise<SocketResult> => {
    const { connectionId, requestId } = event.requestContext
    runtime.sends.closed(connectionId)
    try {
      await forget(runtime, connectionId)
      return { statusCode: 200 }
    } catch (error) {
      runtime.log.error('a disconnect failed', { requestId, connectionId, error })
      return { statusCode: 500 }
    }
  }
}

export const handler = onColdStart(async (environment) => {
  const { createSocketRuntime } = await import('../cold-start/socket-runtime.ts')
  return createSocketRuntime(environment)
}, disconnect)
