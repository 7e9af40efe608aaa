import type { Db } from '../../src/core/database/database.ts'
import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { createDataApiDatabase } from '../../src/aws/database.ts'
import type { DataApiCall, DataApiFault } from '../../src/emulators/data-api/data-api.ts'
import { address, credentials, startDataApi, type TestDataApi } from '../support/data-api.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

export interface Rehearsal extends AsyncDisposable {
  readonly database: TestDatabase
  readonly api: TestDataApi
  /** Through src/aws and the AWS SDK. */
  readonly db: Db
  /** What goes wrong with the calls to come, the first with the first. */
  readonly faults: (DataApiFault | undefined)[]
  /** The calls so far, refused ones too. */
  readonly calls: DataApiCall[]
}

/** A database of its own, the local Data API over it, and what a Lambda would use it with. */
export async function startRehearsal(): Promise<Rehearsal> {
  const database = await createTestDatabase()
  const faults: (DataApiFault | undefined)[] = []
  const calls: DataApiCall[] = []
  const api = await startDataApi({
    connection: database.connection,
    faults: (call) => {
      calls.push(call)
      return faults.shift()
    },
  })
  const db = openDataApi(api, database.connection.database)
  return {
    database,
    api,
    db,
    faults,
    calls,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      await api[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

export function openDataApi(api: TestDataApi, database: string): Db {
  const client = createRdsDataClient({ endpoint: api.url, region: 'eu-central-1', credentials })
  return createDataApiDatabase({ ...address, database }, { client })
}
