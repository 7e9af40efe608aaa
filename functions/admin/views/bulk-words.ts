import type { BulkAction, BulkList } from './selection.ts'

interface BulkWords {
  /** What is about to happen to all of them. */
  readonly effect: string
  /** What has happened, after the number of rows: "3 users are suspended." */
  readonly done: readonly [one: string, many: string]
  readonly isBad?: boolean
  /** none: it has no reason, as on the page of a single one. */
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
    effect:
      'They cannot log in or use the chat. Each of them is told why, and until when. Their sockets are closed at once. What they wrote stays.',
    done: ['is suspended', 'are suspended'],
    isBad: true,
    reason: 'needed',
  },
  reinstate: {
    effect: 'They can use the chat again, with the sessions that they had.',
    done: ['is reinstated', 'are reinstated'],
    reason: 'optional',
  },
  end_sessions: {
    effect: 'They are logged out everywhere, also here. They have to log in again.',
    done: ['is logged out everywhere', 'are logged out everywhere'],
    isBad: true,
    reason: 'optional',
  },
  archive: {
    effect:
      'Everybody who can read these rooms can still read them. Nobody can write, edit or react in them any more, until you restore them. Members see at once that they are archived.',
    done: ['is archived', 'are archived'],
    reason: 'optional',
  },
  restore: {
    effect: 'Members can write in these rooms again. They see that at once.',
    done: ['is restored', 'are restored'],
    reason: 'optional',
  },
  delete: {
    effect:
      'Nobody can read these rooms any more, and they disappear for all their members at once. Their names are free for other rooms. You cannot undo this here. To keep rooms readable, archive them instead.',
    done: ['is deleted', 'are deleted'],
    isBad: true,
    reason: 'optional',
  },
  close: {
    effect:
      'The connections are closed at once. The clients of these users may open others. To keep a user out, end their sessions or suspend them.',
    done: ['is closed', 'are closed'],
    isBad: true,
    reason: 'optional',
  },
  dismiss: {
    effect:
      'Nothing is done to the messages or the users. The reports are closed. The reporters are told that their reports were handled, and not how.',
    done: ['is dismissed', 'are dismissed'],
    reason: 'optional',
  },
  publish: {
    effect:
      'Each message comes into its room with the present time, and whom it mentions is notified. An edit replaces the text of its message. You cannot undo this here.',
    done: ['is published', 'are published'],
    reason: 'none',
  },
  discard: {
    effect: 'The texts are erased, and each author gets a notification. You cannot undo this.',
    done: ['is discarded', 'are discarded'],
    isBad: true,
    reason: 'none',
  },
}

/** "1 user", "3 users". */
export function countOf(list: BulkList, count: number): string {
  return `${count.toLocaleString('en')} ${nounOf[list][count === 1 ? 0 : 1]}`
}

/** What has to be typed before rooms are deleted: how many there are, so that nobody deletes more than they meant. */
export function typedFor(count: number): string {
  return `delete ${countOf('rooms', count)}`
}
