import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import type { SocketRuntime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'
import { createMalformedFrames } from './malformed-frames.ts'

/** $default: every other frame. */
export function frame(runtime: SocketRuntime) {
  const malformed = createMalformedFrames(runtime.limits.frames)
  return async (event: FrameEvent) =>
    await withRequestId(event.requestContext.requestId, () =>
      handleFrame(runtime, malformed, event),
    )
}
