import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest } from '../../migrations/index.ts'
import { endHolder } from '../../migrations/under-lock.ts'
import { currentDeadline, withDeadline } from '../../src/aws/deadline.ts'
import type { Log } from '../../src/core/ports.ts'
import { isUnavailable } from '../../src/core/database/unavailable.ts'
import type { AppSecret } from './app-secret.ts'
import { scramVerifier } from './scram-verifier.ts'

/** How often a call is tried if the database does not answer. Each pause is longer than the one before. */
const attempts = 6
const pauseMs = 500
/** The time for the call that ends the migration in the database when no time is left. */
const endMs = 4_000

export interface MigrateParts {
  /** The database, with the rights of its owner. */
  readonly db: Kysely<unknown>
  readonly readAppSecret: () => Promise<AppSecret>
  readonly log: Log
}

/**
 * Migrates the database to this release's schema, and updates the handlers' role from its secret. A deploy runs this
 * before it deploys the handlers. Concurrent deploys take turns. A newer schema stays as it is, because each
 * migration keeps the previous release working.
 */
export async function migrate({ db, readAppSecret, log }: MigrateParts): Promise<void> {
  let doing = 'reading the secret of the app role'
  let isApplying = false
  const onWait = () => {
    isApplying = false
    doing = 'waiting for another deploy that migrates'
    log.info(doing)
  }
  const onApply = (name: string) => {
    isApplying = true
    doing = `applying ${name}`
    log.info(doing)
  }
  try {
    const { username, password } = await readAppSecret()
    doing = 'looking for what to migrate'
    const applied = await insist(() => migrateToLatest(db, { onWait, onApply }), log)
    doing = `granting rights to ${username}`
    const role = { name: username, passwordVerifier: scramVerifier(password) }
    await insist(() => ensureAppRole(db, role, onWait), log)
    log.info('migrated', { applied })
  } catch (error) {
    log.error('the migration failed', { doing, error })
    if (performance.now() < (currentDeadline() ?? Infinity)) throw error
    if (isApplying) {
      await withDeadline(performance.now() + endMs, () => endHolder(db)).catch((reason: unknown) =>
        log.warn('the running statement could not be stopped', { error: reason }),
      )
    }
    throw new Error(`no time was left, ${doing}: the next deploy goes on from there`, {
      cause: error,
    })
  }
}

/**
 * The properties that lib/jobs/migration.ts writes into the custom resource. CloudFormation passes all values as
 * texts.
 */
interface SchemaProperties {
  readonly ServiceToken?: string
  /** The number of this version of the function. Each version that Lambda publishes has a higher number. */
  readonly build?: string
  /** The names of all migrations. */
  readonly migrations?: readonly string[]
  readonly appSecret?: string
}

/**
 * Whether an update asks only for what an earlier update has applied already. Then there is nothing to do, and the
 * database is not called. So a rollback succeeds even if the database does not answer, which may be why the deploy
 * failed. There are two such updates:
 *
 * - A rollback. CloudFormation restores the earlier properties, and with them a lower build. A deploy of earlier code
 *   is not a rollback: Lambda publishes it as a new version.
 * - A deploy of a release that has fewer migrations. It would change nothing in the database, not even functions.
 */
export function isGoingBack({
  ResourceProperties: to,
  OldResourceProperties: from,
}: {
  ResourceProperties: SchemaProperties
  OldResourceProperties: SchemaProperties
}): boolean {
  // The role needs its new password.
  if (to.appSecret !== from.appSecret) return false
  return isEarlierBuild(to, from) || hasFewer(to.migrations, from.migrations)
}

/** Version numbers can be compared only within one function. */
function isEarlierBuild(to: SchemaProperties, from: SchemaProperties): boolean {
  return to.ServiceToken === from.ServiceToken && Number(to.build) < Number(from.build)
}

/** Whether `others` contains all of `some`, and more. */
function hasFewer(some?: readonly string[], others?: readonly string[]): boolean {
  if (some === undefined || others === undefined) return false
  return some.length < others.length && some.every((name) => others.includes(name))
}

/**
 * Tries again while the database does not answer. Each transaction of a migration checks what is done already. So it
 * can be repeated, whether the failed attempt was committed or not.
 */
async function insist<T>(work: () => Promise<T>, log: Log): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await work()
    } catch (error) {
      const waitMs = pauseMs * 2 ** failed
      const isTooLate = performance.now() + waitMs >= (currentDeadline() ?? Infinity)
      if (failed === attempts || isTooLate || !isUnavailable(error)) throw error
      log.warn('the database did not answer: trying again', { error })
      await sleep(waitMs)
    }
  }
}
