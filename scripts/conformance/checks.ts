import type { Check } from './check.ts'
import { accountChecks } from './checks/accounts.ts'
import { commonChecks } from './checks/common.ts'
import { messageChecks } from './checks/messages.ts'
import { notificationChecks } from './checks/notifications.ts'
import { resumeChecks } from './checks/resume.ts'
import { roomChecks } from './checks/rooms.ts'
import { safetyChecks } from './checks/safety.ts'
import { socketChecks } from './checks/sockets.ts'

/** Every rule of docs/protocol.md, in a few words. The run checks them in this order. */
export const ruleTitles: Readonly<Record<string, string>> = {
  C1: 'JSON, ids and times',
  C2: 'paths',
  C3: 'errors',
  C4: 'pages',
  C5: 'access tokens',
  C6: 'limits of requests',
  C7: 'what a user may not see does not exist',
  C8: 'documents',
  C9: 'pages of other origins',
  A1: 'registering',
  A2: 'logging in',
  A3: 'refresh tokens',
  A4: 'sessions',
  A5: 'profile, password and deletion',
  A6: 'blocks',
  A7: 'the refresh token in a cookie',
  A8: 'the second factor',
  A9: 'links that set a password',
  A10: 'the export of a user’s data',
  A11: 'erasing messages',
  R1: 'making and listing rooms',
  R2: 'changing rooms, and members',
  R3: 'direct chats',
  R4: 'private rooms',
  R5: 'removal',
  R6: 'deletion and owners',
  R7: 'bans',
  R8: 'how many rooms a user may have',
  R9: 'archived rooms',
  M1: 'sending',
  M2: 'the order of a room',
  M3: 'repeats',
  M4: 'history',
  M5: 'edits, deletions and reactions',
  M6: 'the log',
  M7: 'search',
  M8: 'read markers',
  M9: 'read receipts',
  N1: 'notifications',
  N2: 'what notifies a member',
  N3: 'announcements',
  S1: 'reports',
  S2: 'words that hold messages',
  S3: 'limits of rooms',
  W1: 'which rooms a socket is for',
  W2: 'opening a socket',
  W3: 'frames from clients',
  W4: 'frames to clients',
  W5: 'acks',
  W6: 'resume',
  W7: 'gaps',
  W8: 'rotation',
  W9: 'limits of frames',
  W10: 'malformed frames',
  W11: 'presence and connections',
}

export const checks: readonly Check[] = [
  ...commonChecks,
  ...accountChecks,
  ...roomChecks,
  ...messageChecks,
  ...notificationChecks,
  ...safetyChecks,
  ...socketChecks,
  ...resumeChecks,
]

/** What nobody can try from outside within a minute, and why. docs/conformance.md shows it. */
export const partsThatCannotBeTried: Readonly<Record<string, readonly string[]>> = {
  C3: [
    '`internal` and `unavailable`: they need a defect of the server or a database that does not answer.',
    'The answers of the gateway itself: they need bodies over 10 MB and hundreds of connections.',
  ],
  C5: ['An access token that has expired: it takes 15 minutes.'],
  C6: [
    'The limits of requests of a user and of an address, and how many wait: they would stop the run, and other clients of this address.',
  ],
  C7: ['The same work: times over a network tell nothing sure.'],
  A1: ['The proof of an address: no operation gives it.'],
  A2: ['The limits of wrong passwords: they would lock out this address.'],
  A3: ['The times of 30 s and 30 days, and the hash under which a token is stored.'],
  A4: ['What a suspended user may do: only an admin suspends somebody.'],
  A5: ['What more than 200 rooms or a crash leave undone of a deletion.'],
  A9: ['A link that is good: only an admin makes one.'],
  A11: ['An erasure by an admin, and what a crash leaves undone of it.'],
  R7: ['That one may join again ten minutes after a removal.'],
  R8: [
    'It needs 200 rooms of one user, or 1,000 that they are in: the limits of requests do not allow that in a minute.',
  ],
  R9: ['Only an admin archives a room.'],
  M3: ['What happens to a repeat after 10 s, and in another server process.'],
  M7: ['The ranks among more than 1,000 messages, and a search that takes more than 2 s.'],
  M8: ['Counting to 100, and the newest 1,000: they take more messages than a minute allows.'],
  N1: ['Notices, and `opened`: only an admin gives them. The end after 90 days.'],
  N3: ['Only an admin makes an announcement.'],
  S1: ['A report that is taken: it would stay with the admins, and only an admin handles it.'],
  S2: ['Only an admin sets words.'],
  S3: ['Only an admin sets limits.'],
  W2: [
    'Suspended users, 50 open sockets, 1 MB that waits for a socket, and a database that does not answer.',
  ],
  W5: [
    'That the ack comes after the commit even when the server dies: the run sees only that the message is there.',
  ],
  W6: ['More than 1,000 events in one `hello`: they take more messages than a minute allows.'],
  W7: [
    'A push that is lost, doubled or late: nobody can make the server do it. What a client does with it is its own part.',
  ],
  W8: [
    '`bye {code: rotate}`: a socket has to be 1 h 45 min old. How long a client waits is its own part.',
  ],
  W9: ['More frames than four times the limit, and the throttling of API Gateway.'],
  W10: ['A message whose last byte does not come in 30 s.'],
  W11: [
    'What happens after 6 minutes, after 2 h 5 min, to sockets that are gone without a close, and at a restart.',
  ],
}
