import { Kysely, PostgresDialect } from 'kysely'
import { DatabaseError, Pool, type PoolConfig } from 'pg'
import { MigrationError, migrateToLatest } from '../../../migrations/index.ts'
import { UnfitDatabaseError } from '../../../migrations/unfit-database.ts'
import { StartError } from '../machine/start-error.ts'

const INSUFFICIENT_PRIVILEGE = '42501'

/** Applies the missing migrations. Returns one line that tells the result. */
export async function migrateDatabase(config: PoolConfig): Promise<string> {
  const pool = new Pool({ ...config, max: 1 })
  // The pool ends before its connection does. A stopping PostgreSQL may break off that connection.
  pool.on('error', () => {})
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const names = await migrateToLatest(db)
    return names.length === 0 ? 'schema up to date' : `migrated: ${names.join(', ')}`
  } catch (error) {
    if (error instanceof UnfitDatabaseError) throw new StartError(error.message, { cause: error })
    const cause = error instanceof MigrationError ? error.cause : error
    if (!(cause instanceof DatabaseError) || cause.code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new StartError(
      `the database user may not change the schema (${cause.message}): make it the owner of the database, or give another user`,
      { cause: error },
    )
  } finally {
    await db.destroy()
  }
}
