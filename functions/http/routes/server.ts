import { sql } from 'kysely'
import * as operations from '../../../src/protocol/operations/server.ts'
import type { Health } from '../../../src/protocol/server.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'

export function serverRoutes(on: OnOperation, { db, log }: Runtime): void {
  on(operations.readHealth, async () => {
    try {
      await sql`select 1 as one`.execute(db)
      const body: Health = { status: 'ok', database: 'ok' }
      return { status: 200, body }
    } catch (error) {
      log.error('the database does not answer', { error })
      const body: Health = { status: 'degraded', database: 'unavailable' }
      return { status: 503, body }
    }
  })
}
