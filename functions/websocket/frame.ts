import type { SocketRuntime } from '../runtime.ts'
import type { FrameEvent } from './events.ts'
import { handleFrame } from './handle-frame.ts'

/** $default: every other frame. */
export function frame(runtime: SocketRuntime) {
  return async (event: FrameEvent) => await handleFrame(runtime, event)
}
