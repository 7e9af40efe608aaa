import { sql } from 'kysely'
import { createAsyncApi } from '../../../src/protocol/documents/asyncapi.ts'
import { createOpenApi } from '../../../src/protocol/documents/openapi.ts'
import * as operations from '../../../src/protocol/operations/server.ts'
import type { Health } from '../../../src/protocol/server.ts'
import { isResuming, withoutWaitingForResume } from '../../../src/core/database/resuming.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { shareFor } from '../share-for.ts'

// The documents are made at the first request for them, so that a cold start does not pay for them.
let openApi: ReturnType<typeof createOpenApi> | undefined
let asyncApi: ReturnType<typeof createAsyncApi> | undefined

export function serverRoutes(on: OnOperation, { db, log }: Pick<Runtime, 'db' | 'log'>): void {
  const askDatabase = shareFor(1_000, async (): Promise<Health['database']> => {
    try {
      // This call also makes a paused database resume.
      await withoutWaitingForResume(() => sql`select 1 as one`.execute(db))
      return 'ok'
    } catch (error) {
      if (isResuming(error)) return 'resuming'
      log.error('the database does not answer', { error })
      return 'unavailable'
    }
  })
  on(operations.readHealth, async () => {
    const database = await askDatabase()
    if (database === 'ok') return { status: 200, body: { status: 'ok' as const, database } }
    return { status: 503, body: { status: 'degraded' as const, database } }
  })

  on(operations.readOpenApi, async () => {
    return { status: 200, body: (openApi ??= createOpenApi()) }
  })

  on(operations.readAsyncApi, async () => {
    return { status: 200, body: (asyncApi ??= createAsyncApi()) }
  })
}
