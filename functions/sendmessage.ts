import { createApiGatewaySender } from '../src/aws/sender.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { onColdStart } from './on-cold-start.ts'
import { chatParts } from './parts/chat.ts'
import { createRuntime } from './runtime.ts'
import { handleFrame } from './websocket/handle-frame.ts'

/** The frames with `"action": "sendmessage"`: a function of its own, to be scaled and throttled as such. */
export const handler = onColdStart((environment) => {
  const config = readConfig(functionEnvironments.sendmessage, environment)
  return createRuntime(chatParts(config, createApiGatewaySender), true)
}, handleFrame)
