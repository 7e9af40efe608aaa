import { createSocketRuntime } from '../cold-start/socket-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'
import { frame } from '../websocket/frame.ts'

export const handler = onColdStart(createSocketRuntime, frame)
