import { ChatError } from '../errors.ts'

/** Well below the 29 s that API Gateway waits. */
const actSeconds = 12

export interface DoneToMany<Id> {
  readonly done: readonly Id[]
  /** The ids for which the action failed, and why. */
  readonly failed: readonly { readonly id: Id; readonly why: string }[]
  /** The ids that were not reached, in their order. */
  readonly left: readonly Id[]
  /** The error that stopped it early. Undefined if only the time was over. */
  readonly stoppedBy?: unknown
}

/**
 * Applies one action to many ids, one after another. Each has its own transaction and its own entry in the audit log. A
 * failure for one id does not stop the others. It stops when its time is over, or when the database does not answer. It
 * throws an error that comes before anything was done, and the error that the admin's session has ended.
 */
export async function actOnMany<Id>(
  ids: readonly Id[],
  act: (id: Id) => Promise<void>,
  now: () => number = () => performance.now(),
): Promise<DoneToMany<Id>> {
  const endsAt = now() + actSeconds * 1_000
  const done: Id[] = []
  const failed: { id: Id; why: string }[] = []
  for (const [n, id] of ids.entries()) {
    if (now() > endsAt) return { done, failed, left: ids.slice(n) }
    try {
      await act(id)
      done.push(id)
    } catch (error) {
      if (isAnswer(error)) failed.push({ id, why: error.message })
      else if (done.length === 0 || isSignedOut(error)) throw error
      else return { done, failed, left: ids.slice(n), stoppedBy: error }
    }
  }
  return { done, failed, left: [] }
}

/** Whether the error concerns only this id. The action may succeed for the others. */
function isAnswer(error: unknown): error is ChatError {
  return error instanceof ChatError && ['conflict', 'not_found', 'forbidden'].includes(error.code)
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'session_revoked'
}
