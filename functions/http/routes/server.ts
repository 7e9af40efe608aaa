import { sql } from 'kysely'
import { createAsyncApi } from '../../../src/protocol/documents/asyncapi.ts'
import { createOpenApi } from '../../../src/protocol/documents/openapi.ts'
import * as operations from '../../../src/protocol/operations/server.ts'
import type { Health } from '../../../src/protocol/server.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { shareFor } from '../share-for.ts'

// Made when first asked for: a cold start has no use for them.
let openApi: ReturnType<typeof createOpenApi> | undefined
let asyncApi: ReturnType<typeof createAsyncApi> | undefined

export function serverRoutes(on: OnOperation, { db, log }: Runtime): void {
  const isDatabaseThere = shareFor(1_000, async () => {
    try {
      await sql`select 1 as one`.execute(db)
      return true
    } catch (error) {
      log.error('the database does not answer', { error })
      return false
    }
  })
  on(operations.readHealth, async () => {
    if (await isDatabaseThere()) {
      const body: Health = { status: 'ok', database: 'ok' }
      return { status: 200, body }
    }
    const body: Health = { status: 'degraded', database: 'unavailable' }
    return { status: 503, body }
  })

  on(operations.readOpenApi, async () => {
    return { status: 200, body: (openApi ??= createOpenApi()) }
  })

  on(operations.readAsyncApi, async () => {
    return { status: 200, body: (asyncApi ??= createAsyncApi()) }
  })
}
