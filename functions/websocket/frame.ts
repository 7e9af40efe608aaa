import { onColdStart } from '../on-cold-start.ts'
import type { Runtime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'

/** $default: every other frame. */
export function frame(runtime: Runtime) {
  return async (event: FrameEvent) => await handleFrame(runtime, event)
}

export const handler = onColdStart(frame)
