import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import type { Kysely } from 'kysely'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest } from '../../migrations/index.ts'
import { endHolder } from '../../migrations/under-lock.ts'
import { currentDeadline, withDeadline } from '../../src/aws/deadline.ts'
import { createMigrationDatabase } from '../../src/aws/migration-database.ts'
import type { Log } from '../../src/core/ports.ts'
import { isUnavailable } from '../../src/core/unavailable.ts'
import { functionEnvironments, readConfig } from '../env.ts'
import { createLog } from '../log.ts'
import { type AppSecret, readAppSecret } from './app-secret.ts'
import { customResource } from './custom-resource.ts'
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
 * deploy puts the handlers in place. Deploys that meet take turns. A rollback finds a schema that is
 * ahead, which is as well: each migration leaves the release before it working.
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

export const handler = customResource(
  'quick-connect-schema',
  async (event: CloudFormationCustomResourceEvent) => {
    // The schema ends with its database.
    if (event.RequestType === 'Delete') return
    if (event.RequestType === 'Update' && isGoingBack(event)) return
    const config = readConfig(functionEnvironments.migrate, process.env)
    await migrate({
      db: createMigrationDatabase({
        resourceArn: config.DATABASE_ARN,
        secretArn: config.DATABASE_SECRET_ARN,
        database: config.DATABASE_NAME,
      }),
      readAppSecret: () => readAppSecret(config.APP_SECRET_ARN),
      log: createLog(config.LOG_LEVEL),
    })
  },
)

/** What lib/jobs/migration.ts writes into the custom resource. CloudFormation hands on texts. */
interface SchemaProperties {
  readonly ServiceToken?: string
  readonly release?: string
  readonly lastMigration?: string
  readonly appSecret?: string
}

/**
 * Whether an update asks for a schema that an earlier update has applied already: a rollback, or a deploy of
 * the release before. There is nothing to do then. So a rollback succeeds even when the database does not
 * answer, which may be what the deploy failed of. A schema of the same release and with the same last migration
 * is looked at in the database: which of the two came first is not known.
 */
export function isGoingBack({
  ResourceProperties: to,
  OldResourceProperties: from,
}: {
  ResourceProperties: SchemaProperties
  OldResourceProperties: SchemaProperties
}): boolean {
  if (to.appSecret !== from.appSecret) return false
  const release = compareVersions(to.release, from.release)
  const migration = (to.lastMigration ?? '').localeCompare(from.lastMigration ?? '', 'en')
  return (release < 0 && migration <= 0) || (release === 0 && migration < 0)
}

/** Less than 0 when `a` is older. A version that is missing is older than all others. */
function compareVersions(a = '0.0.0', b = '0.0.0'): number {
  return a.localeCompare(b, 'en', { numeric: true })
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
