import { createSocketRuntime } from '../cold-start/socket-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'
import { sendmessage } from '../websocket/sendmessage.ts'

export const handler = onColdStart(createSocketRuntime, sendmessage)
