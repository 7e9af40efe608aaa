import { type Kysely, sql, type Transaction } from 'kysely'

/** Any number will do, if all runners that migrate this database use the same. */
const lockKey = 7_267_832_101
const waitMs = 1_000

/**
 * Runs `work` in a transaction that is the only one to change the schema. It asks for the lock again and again instead
 * of waiting in the database: over the RDS Data API a statement has 45 s, and another runner may take minutes.
 */
export async function underLock<T>(
  db: Kysely<unknown>,
  work: (trx: Transaction<unknown>) => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  for (;;) {
    const done = await db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ is_ours: boolean }>`
        select pg_try_advisory_xact_lock(cast(${lockKey} as bigint)) as is_ours`.execute(trx)
      return rows[0]?.is_ours === true ? { result: await work(trx) } : undefined
    })
    if (done) return done.result
    onWait()
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

/**
 * Ends the transaction that holds the lock, and its statement. A runner that has no time left calls this: over the RDS
 * Data API its statement would go on, and its lock would stay for minutes.
 */
export async function endHolder(db: Kysely<unknown>): Promise<void> {
  await sql`
    select count(pg_terminate_backend(l.pid)) as ended
      from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and (cast(l.classid as bigint) << 32) + cast(l.objid as bigint) = ${lockKey}`.execute(db)
}
