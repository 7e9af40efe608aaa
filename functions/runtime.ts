import type { Pushes } from '../src/core/push/publish.ts'
import type { AccountsContext } from '../src/core/context.ts'
import { createSendQueue, type SendQueue } from '../src/core/messages/send-queue.ts'
import { createProcessLimits, type ProcessLimits } from '../src/core/limits/process-limits.ts'
import type { Log } from '../src/core/ports.ts'
import { createTally, type Tally } from '../src/core/monitoring/tally.ts'
import type { ReadViewer } from './viewer.ts'

/** All parts that handlers work with. Each handler takes the parts that it needs, and no handler asks where it runs. */
export interface Runtime extends AccountsContext {
  readonly log: Log
  readonly sends: SendQueue
  readonly tally: Tally
  readonly processLimits: ProcessLimits
  readonly readViewer: ReadViewer
  /**
   * [C9, W2] Origins whose pages may read the API's answers and open sockets. If empty, only the host's own pages
   * may.
   */
  readonly allowedOrigins: readonly string[]
  /** [A8] ADMIN_TOTP: whether admins need a second factor. */
  readonly adminTotp: 'optional' | 'required'
  /** The URL of the chat's page, such as `https://chat.example.org`. Links for users lead there. */
  readonly chatUrl: () => string
}

/** The parts that the HTTP API needs. */
export type ApiRuntime = Omit<Runtime, 'adminTotp' | 'chatUrl'>

/** The parts that the admin's pages need. */
export type AdminRuntime = Omit<Runtime, 'sends' | 'processLimits' | 'keys' | 'allowedOrigins'>

type OfProcess = Pick<Runtime, 'sends' | 'processLimits' | 'tally'>

/**
 * Adds the parts that keep the state of one process. `isOneOfMany`: other processes serve the same users, so limits
 * must hold for all of them together.
 */
export function createRuntime<
  Parts extends Pushes & Pick<Runtime, 'fanOut' | 'metrics' | 'limits'>,
>(parts: Parts, isOneOfMany = false): Parts & OfProcess {
  return {
    ...parts,
    sends: createSendQueue(parts),
    tally: createTally(parts.db),
    processLimits: createProcessLimits(parts.limits, isOneOfMany ? parts.db : undefined),
  }
}
