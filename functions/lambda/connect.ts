import { createConnectRuntime } from '../cold-start/connect-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'
import { connect } from '../websocket/connect.ts'

export const handler = onColdStart(createConnectRuntime, connect)
