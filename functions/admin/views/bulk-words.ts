import { roomActionWords } from './room-words.ts'
import type { BulkAction, BulkList } from './selection.ts'
import { userActionWords } from './words.ts'

interface BulkWords {
  /** What the action will do to a single row, or to several. */
  readonly effect: readonly [one: string, many: string]
  /** What the action has done, after the number of rows: "3 users are suspended." */
  readonly done: readonly [one: string, many: string]
  readonly isBad?: boolean
  /** With `none` the action has no reason, as on the page of a single row. */
  readonly reason: 'needed' | 'optional' | 'none'
}

export const nounOf: Record<BulkList, readonly [one: string, many: string]> = {
  users: ['user', 'users'],
  rooms: ['room', 'rooms'],
  connections: ['connection', 'connections'],
  reports: ['report', 'reports'],
  held: ['held message', 'held messages'],
}

export const bulkWords: Record<BulkAction, BulkWords> = {
  suspend: {
    effect: [
      userActionWords.suspend.effect,
      'The users cannot log in or use the chat. The chat tells each of them why, and until when. Their connections close at once. Their messages stay.',
    ],
    done: ['is suspended', 'are suspended'],
    isBad: true,
    reason: 'needed',
  },
  reinstate: {
    effect: [
      userActionWords.reinstate.effect,
      'The users can use the chat again. Their sessions work again.',
    ],
    done: ['is reinstated', 'are reinstated'],
    reason: 'optional',
  },
  end_sessions: {
    effect: [
      userActionWords.end_sessions.effect,
      'The users are logged out everywhere, also from the admin pages. They have to log in again.',
    ],
    done: ['is logged out everywhere', 'are logged out everywhere'],
    isBad: true,
    reason: 'optional',
  },
  archive: {
    effect: [
      roomActionWords.archive.effect,
      'Everybody who can read these rooms can still read them. Nobody can write, edit or react in them until an admin restores them. Members see at once that the rooms are archived.',
    ],
    done: ['is archived', 'are archived'],
    reason: 'optional',
  },
  restore: {
    effect: [
      roomActionWords.restore.effect,
      'Members can write in these rooms again. They see this at once.',
    ],
    done: ['is restored', 'are restored'],
    reason: 'optional',
  },
  delete: {
    effect: [
      roomActionWords.delete.effect,
      'Nobody can read these rooms any more. They disappear for all members at once. Their names become free for other rooms. You cannot undo this. To keep the rooms readable, archive them instead.',
    ],
    done: ['is deleted', 'are deleted'],
    isBad: true,
    reason: 'optional',
  },
  close: {
    effect: [
      'The connection closes at once. The user’s client may connect again. To keep the user out, end their sessions or suspend them.',
      'The connections close at once. The clients of these users may connect again. To keep a user out, end their sessions or suspend them.',
    ],
    done: ['is closed', 'are closed'],
    isBad: true,
    reason: 'optional',
  },
  dismiss: {
    effect: [
      'The report is closed. The message and the user stay as they are. The reporters learn that it was handled, but not how.',
      'The reports are closed. The messages and the users stay as they are. The reporters learn that their reports were handled, but not how.',
    ],
    done: ['is dismissed', 'are dismissed'],
    reason: 'optional',
  },
  publish: {
    effect: [
      'The message appears in its room with the present time. Mentioned users get a notification. An edit replaces the text of its message. You cannot undo this.',
      'Each message appears in its room with the present time. Mentioned users get a notification. An edit replaces the text of its message. You cannot undo this.',
    ],
    done: ['is published', 'are published'],
    reason: 'none',
  },
  discard: {
    effect: [
      'The text is erased. The author gets a notification. You cannot undo this.',
      'The texts are erased. Each author gets a notification. You cannot undo this.',
    ],
    done: ['is discarded', 'are discarded'],
    isBad: true,
    reason: 'none',
  },
}

/** "1 user", "3 users". */
export function countOf(list: BulkList, count: number): string {
  return `${count.toLocaleString('en')} ${nounOf[list][count === 1 ? 0 : 1]}`
}

/**
 * The confirmation that an admin types before rooms are deleted. It has their number, so that nobody deletes too
 * many.
 */
export function typedFor(count: number): string {
  return `delete ${countOf('rooms', count)}`
}
