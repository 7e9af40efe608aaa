import type { NamedUser } from '../names/find-user.ts'

/** The caller of a request: the user of its session, as they were read for this request. */
export interface Caller {
  readonly userId: number
  readonly username: string
  readonly displayName: string | null
  readonly sessionId: number
}

/** The caller from the row of a query. */
export function toCaller(
  row: { user_id: number; username: string; display_name: string | null },
  sessionId: number,
): Caller {
  const { user_id: userId, username, display_name: displayName } = row
  return { userId, username, displayName, sessionId }
}

/** The caller in the form that functions for other users take. */
export function toUser({ userId: id, username, displayName: display_name }: Caller): NamedUser {
  return { id, username, display_name }
}
