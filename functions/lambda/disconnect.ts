import { createPushRuntime } from '../cold-start/push-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'
import { disconnect } from '../websocket/disconnect.ts'

export const handler = onColdStart(createPushRuntime, disconnect)
