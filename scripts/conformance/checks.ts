import type { Check } from './check.ts'
import { accountChecks } from './checks/accounts.ts'
import { commonChecks } from './checks/common.ts'
import { corsChecks } from './checks/cors.ts'
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
  ...corsChecks,
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
  'C3.3': [
    '`internal` and `unavailable`: they need a defect of the server or a database that does not answer.',
  ],
  'C3.5': [
    'The answers of the gateway itself: they need bodies over 10 MB and hundreds of connections.',
  ],
  C5: ['An access token that has expired: it takes 15 minutes.'],
  'C6.2': [
    'The limits of a user and of an address: they would stop the run, and other clients of this address.',
  ],
  'C6.6': ['How many requests wait: they would stop the run, and other clients of this address.'],
  C7: ['The same work: times over a network tell nothing for certain.'],
  'A1.1': ['The proof of an address: no operation gives it.'],
  'A2.2': ['The limits of wrong passwords: they would lock out this address.'],
  'A3.1': ['The hash under which a token is stored.'],
  'A3.3': ['The time of 30 s.'],
  'A3.7': ['The end of a session: it takes 30 days.'],
  'A4.4': ['A suspended user: only an admin suspends a user.'],
  'A5.6': ['What a crash or more than 200 rooms leave undone of a deletion.'],
  'A9.2': ['A good link: only an admin makes one.'],
  A11: ['An erasure by an admin, and what a crash leaves undone of an erasure.'],
  'R7.6': ['That the user may join again ten minutes after a removal.'],
  R8: [
    'It needs 200 rooms of one user, or 1,000 rooms with the user in them: the limits of requests do not allow that in a minute.',
  ],
  R9: ['Only an admin archives a room.'],
  'M3.3': ['What happens to a repeat after 10 s, and in another server process.'],
  'M7.5': ['The ranks among more than 1,000 messages.'],
  'M7.6': ['A search that takes more than 2 s.'],
  M8: ['Counting to 100, and the newest 1,000: they take more messages than a minute allows.'],
  'N1.2': ['Notices, and `opened`: only an admin gives them.'],
  'N1.8': ['The end of notifications after 90 days.'],
  N3: ['Only an admin makes an announcement.'],
  'S1.1': [
    'A report that is accepted: it would stay with the admins, and only an admin handles it.',
  ],
  S2: ['Only an admin sets words.'],
  S3: ['Only an admin sets limits.'],
  'W2.3': ['A socket for which 1 MB waits.'],
  'W2.5': ['Suspended users, 50 open sockets, and a database that does not answer.'],
  W5: [
    'That the ack comes after the commit even when the server dies: the run only sees that the message is there.',
  ],
  'W6.2': ['More than 1,000 events in one `hello`: they take more messages than a minute allows.'],
  'W7.1': [
    'A push that is lost, doubled or late: nobody can make the server do it. What a client does with it is up to the client.',
  ],
  'W8.1': ['`bye {code: rotate}`: a socket must be 1 h 45 min old.'],
  'W8.2': ['How long a client waits is up to the client.'],
  'W9.4': ['The throttling of API Gateway.'],
  'W9.5': ['More frames than four times the limit.'],
  W10: ['A message whose last byte does not come in 30 s.'],
  W11: [
    'What happens after 6 minutes, after 2 h 5 min, to sockets that are gone without a close, and at a restart.',
  ],
}
