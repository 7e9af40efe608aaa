import type { SocketRuntime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'

/** The frames with `"action": "sendmessage"`: a function of its own, to be scaled and throttled as such. */
export function sendmessage(runtime: SocketRuntime) {
  return async (event: FrameEvent) => await handleFrame(runtime, event)
}
