import * as accounts from './accounts.ts'
import * as messages from './messages.ts'
import type { Operation } from './operation.ts'
import * as rooms from './rooms.ts'
import * as server from './server.ts'

/** Every operation of the HTTP API, by its id. */
export const operations: Readonly<Record<string, Operation>> = {
  ...accounts,
  ...rooms,
  ...messages,
  ...server,
}
