import type { NamedUser } from '../names/find-user.ts'

/** The caller of a request: somebody whose session was looked up in it. */
export interface Caller {
  readonly userId: number
  readonly username: string
  readonly displayName: string | null
  readonly sessionId: number
}

/** Whose session it is, as a query found them. */
export function toCaller(
  row: { user_id: number; username: string; display_name: string | null },
  sessionId: number,
): Caller {
  const { user_id: userId, username, display_name: displayName } = row
  return { userId, username, displayName, sessionId }
}

/** The caller, in the form in which other users are passed on. */
export function toUser({ userId: id, username, displayName: display_name }: Caller): NamedUser {
  return { id, username, display_name }
}
