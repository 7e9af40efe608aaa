import { ChatError } from '../errors.ts'

/** Well within the 29 s that a gateway waits. */
const actSeconds = 12

export interface DoneToMany<Id> {
  readonly done: readonly Id[]
  /** What could not be done to some, and why. */
  readonly failed: readonly { readonly id: Id; readonly why: string }[]
  /** Those whose turn did not come, in their order. */
  readonly left: readonly Id[]
  /** What ended it before its end, if it was no lack of time. */
  readonly stoppedBy?: unknown
}

/**
 * Does one thing to each of many, one after another, each as if it were alone: with its own transaction and its own
 * entry in the audit log. What cannot be done to one of them does not keep it from the others. It stops when its time
 * is over, or when the database does not answer. It throws what ends it before anything was done, and that the admin's
 * session has ended.
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

/** It says of one of them that it cannot be done: others may do. */
function isAnswer(error: unknown): error is ChatError {
  return error instanceof ChatError && ['conflict', 'not_found', 'forbidden'].includes(error.code)
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'session_revoked'
}
