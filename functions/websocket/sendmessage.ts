import { onColdStart } from '../on-cold-start.ts'
import type { Runtime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'

/** The frames with `"action": "sendmessage"`: a function of its own, to be scaled and throttled as such. */
export function sendmessage(runtime: Runtime) {
  return async (event: FrameEvent) => await handleFrame(runtime, event)
}

export const handler = onColdStart(sendmessage)
