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

/** In a row, of a database that does not answer; each waits for longer. */
const attempts = 6
const pauseMs = 500
/** For the last call of one that has no time left. */
const endMs = 4_000

export interface MigrateParts {
  /** As the owner of the database. */
  readonly db: Kysely<unknown>
  readonly readAppSecret: () => Promise<AppSecret>
  readonly log: Log
}

/**
 * Brings the database to this release's schema, and the role of the handlers to its secret, before a
 * deploy puts the handlers in place. Deploys that meet take turns. A schema that is ahead is left alone: each
 * migration leaves the release before it working.
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
        log.warn('what it was doing could not be ended', { error: reason }),
      )
    }
    throw new Error(`no time was left, ${doing}: the next deploy goes on from there`, {
      cause: error,
    })
  }
}

/** What lib/jobs/migration.ts writes into the custom resource. CloudFormation hands on texts. */
interface SchemaProperties {
  readonly ServiceToken?: string
  /** The number of a version of this function: each one that Lambda publishes has a higher number. */
  readonly build?: string
  /** The names of all migrations. */
  readonly migrations?: readonly string[]
  readonly appSecret?: string
}

/**
 * Whether an update asks for what an earlier update has applied already. There is nothing to do then, and the
 * database is not asked. So a rollback succeeds even when the database does not answer, which may be what the
 * deploy failed of. There are two such updates:
 *
 * - A rollback. CloudFormation puts back the earlier properties, and with them a lower build. A deploy of earlier
 *   code is no rollback: Lambda publishes it as a new version.
 * - A deploy of a release that has fewer migrations. The database would change nothing for it, not even functions.
 */
export function isGoingBack({
  ResourceProperties: to,
  OldResourceProperties: from,
}: {
  ResourceProperties: SchemaProperties
  OldResourceProperties: SchemaProperties
}): boolean {
  // The role needs its password.
  if (to.appSecret !== from.appSecret) return false
  return isEarlierBuild(to, from) || hasFewer(to.migrations, from.migrations)
}

/** Numbers of versions can be compared within one function. */
function isEarlierBuild(to: SchemaProperties, from: SchemaProperties): boolean {
  return to.ServiceToken === from.ServiceToken && Number(to.build) < Number(from.build)
}

/** Whether all of `some` are among `others`, which have more. */
function hasFewer(some?: readonly string[], others?: readonly string[]): boolean {
  if (some === undefined || others === undefined) return false
  return some.length < others.length && some.every((name) => others.includes(name))
}

/** Every transaction of a migration looks for what is done already, so that it may be repeated whatever became of it. */
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
