import type { ChatContext } from '../src/core/context.ts'
import { createSendQueue, type SendQueue } from '../src/core/messages/send-queue.ts'
import type { Log } from '../src/core/ports.ts'

/** What a handler needs. It does not ask where it runs. */
export interface Runtime extends ChatContext {
  readonly log: Log
  readonly sends: SendQueue
  /** Origins that may open sockets; none: only the host's own. */
  readonly allowedOrigins: readonly string[]
}

export function createRuntime(parts: Omit<Runtime, 'sends'>): Runtime {
  return { ...parts, sends: createSendQueue(parts) }
}
