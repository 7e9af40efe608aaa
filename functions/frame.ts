import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { createRuntime } from './runtime.ts'
import { handleFrame } from './websocket/handle-frame.ts'

/** $default: every frame that is not a `sendmessage`. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.frame, environment)
  return createRuntime(chatParts(config, createApiGatewaySender), true)
}, handleFrame)
