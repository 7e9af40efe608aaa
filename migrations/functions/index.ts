import { functions as audit } from './audit.ts'
import { functions as bans } from './bans.ts'
import { functions as blocks } from './blocks.ts'
import { functions as changes } from './changes.ts'
import { functions as days } from './days.ts'
import { functions as erasures } from './erasures.ts'
import { functions as frames } from './frames.ts'
import { functions as history } from './history.ts'
import { functions as limits } from './limits.ts'
import { functions as log } from './log.ts'
import { functions as membership } from './membership.ts'
import { functions as notifications } from './notifications.ts'
import { functions as previousRelease } from './previous-release.ts'
import { functions as push } from './push.ts'
import { functions as read } from './read.ts'
import { functions as reports } from './reports.ts'
import { functions as review } from './review.ts'
import { functions as search } from './search.ts'
import { functions as send } from './send.ts'
import { functions as sessions } from './sessions.ts'
import { functions as sockets } from './sockets.ts'
import { functions as users } from './users.ts'

/**
 * The functions of the database as this release calls them, each once, in an order in which they can be made.
 * PostgreSQL checks the body of an SQL function when it is made, so the functions that it calls come first.
 *
 * Each is `create or replace`, which cannot change parameters or the columns of rows. A function that needs other ones
 * gets a new version in its name. The version before it moves to `previous-release.ts` for as long as a release calls
 * it.
 */
export const functions: readonly string[] = [
  ...audit,
  ...limits,
  ...sessions,
  ...blocks,
  ...log,
  ...history,
  ...bans,
  ...membership,
  ...push,
  ...sockets,
  ...frames,
  ...notifications,
  ...read,
  ...search,
  ...reports,
  ...review,
  ...send,
  ...changes,
  ...users,
  ...days,
  ...erasures,
  ...previousRelease,
]
