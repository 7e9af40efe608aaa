import { type Kysely, sql, type Transaction } from 'kysely'

/** Any number; it only has to be the same for all who migrate this database. */
const lockKey = 7_267_832_101
const waitMs = 1_000

/**
 * Runs `work` in a transaction that alone changes the schema. The lock is asked for again and again
 * instead of waited for: over the RDS Data API a statement has 45 s, and another runner may take minutes.
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
 * Ends the transaction that holds the lock, with what runs in it: for a runner that has no time left, since
 * over the RDS Data API its statement would go on, and its lock stay for minutes.
 */
export async function endHolder(db: Kysely<unknown>): Promise<void> {
  await sql`
    select count(pg_terminate_backend(l.pid)) as ended
      from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and (cast(l.classid as bigint) << 32) + cast(l.objid as bigint) = ${lockKey}`.execute(db)
}
