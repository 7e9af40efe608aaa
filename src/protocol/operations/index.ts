import * as accounts from './accounts.ts'
import * as announcements from './announcements.ts'
import * as bans from './bans.ts'
import * as messages from './messages.ts'
import * as notifications from './notifications.ts'
import type { Operation } from './operation.ts'
import * as reports from './reports.ts'
import * as rooms from './rooms.ts'
import * as search from './search.ts'
import * as secondFactor from './second-factor.ts'
import * as server from './server.ts'
import * as sessions from './sessions.ts'
import * as userData from './user-data.ts'
import * as users from './users.ts'

/** All operations of the HTTP API, by their ids. */
export const operations: Readonly<Record<string, Operation>> = {
  ...accounts,
  ...sessions,
  ...secondFactor,
  ...users,
  ...userData,
  ...rooms,
  ...bans,
  ...messages,
  ...search,
  ...notifications,
  ...reports,
  ...announcements,
  ...server,
}
