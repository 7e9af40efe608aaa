import type { AccountsContext, ChatContext } from '../src/core/context.ts'
import type { Pushes } from '../src/core/push/publish.ts'
import { createSendQueue, type SendQueue } from '../src/core/messages/send-queue.ts'
import { createProcessLimits, type ProcessLimits } from '../src/core/limits/process-limits.ts'
import type { JwtKeySource, Log, Metrics, Sender } from '../src/core/ports.ts'
import { createTally, type Tally } from '../src/core/monitoring/tally.ts'
import type { ReadViewer } from './viewer.ts'

/** What it takes to push. No handler asks where it runs. */
export interface PushRuntime extends Pushes {
  readonly log: Log
  readonly metrics: Metrics
}

/** What it takes to tell rooms of something. */
export interface RoomRuntime extends PushRuntime, Pick<ChatContext, 'fanOut' | 'limits'> {
  readonly sends: SendQueue
  readonly tally: Tally
  readonly processLimits: ProcessLimits
}

/** What the handlers of frames need. */
export interface SocketRuntime extends RoomRuntime {
  readonly sender: Sender
}

export interface ConnectRuntime extends RoomRuntime {
  readonly keys: JwtKeySource
  readonly readViewer: ReadViewer
  /** [W2] Origins whose pages may open sockets; none: only the host's own. */
  readonly allowedOrigins: readonly string[]
}

/** What the HTTP API needs. */
export interface Runtime
  extends SocketRuntime, Pick<AccountsContext, 'passwords' | 'keys' | 'sender'> {
  readonly readViewer: ReadViewer
  /** [C9] Origins whose pages may read the answers. */
  readonly allowedOrigins: readonly string[]
}

/** What the admin's pages need. */
export interface AdminRuntime
  extends PushRuntime, Pick<AccountsContext, 'passwords' | 'limits' | 'fanOut'> {
  readonly tally: Tally
  readonly sender: Sender
  readonly readViewer: ReadViewer
  /** [A8] ADMIN_TOTP: whether admins need a second factor. */
  readonly adminTotp: 'optional' | 'required'
  /** Where the page of the chat is, such as `https://chat.example.org`: links for users lead there. */
  readonly chatUrl: () => string
}

type Made = 'sends' | 'processLimits' | 'tally'

/** `isOneOfMany`: other processes serve the same users, and limits are to hold for all of them together. */
export function createRuntime<Parts extends Omit<RoomRuntime, Made>>(
  parts: Parts,
  isOneOfMany = false,
): Parts & Pick<RoomRuntime, Made> {
  return {
    ...parts,
    sends: createSendQueue(parts),
    tally: createTally(parts.db),
    processLimits: createProcessLimits(parts.limits, isOneOfMany ? parts.db : undefined),
  }
}
