import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import type { SocketRuntime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'
import { createMalformedFrames } from './malformed-frames.ts'

/** The frames with `"action": "sendmessage"`: a function of its own, to be scaled and throttled as such. */
export function sendmessage(runtime: SocketRuntime) {
  const malformed = createMalformedFrames(runtime.limits.frames)
  return async (event: FrameEvent) =>
    await withRequestId(event.requestContext.requestId, () =>
      handleFrame(runtime, malformed, event),
    )
}
