import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { createRuntime } from './runtime.ts'
import { handleFrame } from './websocket/handle-frame.ts'

/**
 * Handles the frames with `"action": "sendmessage"`. It is a function of its own, so that it can be scaled and
 * throttled on its own.
 */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.sendmessage, environment)
  return createRuntime(chatParts(config, createApiGatewaySender), true)
}, handleFrame)
