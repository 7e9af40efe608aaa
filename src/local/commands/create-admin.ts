import { createPasswordHasher } from '../../core/accounts/password-hasher.ts'
import type { Db } from '../../core/database/database.ts'
import { ChatError } from '../../core/errors.ts'
import { isUnavailable } from '../../core/database/unavailable.ts'
import { makeAdminAccount } from './admin-account.ts'
import { runProgram, say } from './cli.ts'
import { type CreateAdminOptions, readCreateAdminOptions, usage } from './create-admin-options.ts'
import { createPgDatabase } from '../postgres/database.ts'
import { createPrompt, StoppedError } from './prompt.ts'
import { openSharedDatabase } from './shared-database.ts'
import { StartError } from '../machine/start-error.ts'
import { catchStopSignals, whenAborted } from './stop-signal.ts'

const UNDEFINED_TABLE = '42P01'

await runProgram(async () => {
  const options = readCreateAdminOptions(process.argv.slice(2), process.env)
  if (options.isHelp) return say(usage)
  const stop = catchStopSignals()
  try {
    if (options.stage === undefined) await runHere(options, stop)
    else await unlessStopped(stop, runThere(options.stage, options))
  } catch (error) {
    if (!(error instanceof StoppedError)) throw explain(error, options)
    // Exits at once, without waiting for the work in progress.
    process.exit(130)
  }
})

async function runHere(options: CreateAdminOptions, stop: AbortSignal): Promise<void> {
  await using database = await openSharedDatabase(options.settings, say)
  await using db = createPgDatabase({ ...database.config, max: 1 })
  await unlessStopped(stop, run(db, options))
}

async function runThere(stage: string, options: CreateAdminOptions): Promise<void> {
  // The AWS SDK is loaded only if it is needed.
  const { openStageDatabase } = await import('./stage-database.ts')
  await using db = await openStageDatabase(stage, say)
  await run(db, options)
}

async function run(db: Db, options: CreateAdminOptions): Promise<void> {
  say(await makeAdminAccount(db, createPasswordHasher(), createPrompt(), options))
}

async function unlessStopped(stop: AbortSignal, work: Promise<void>): Promise<void> {
  const stopped = whenAborted(stop).then(() => Promise.reject(new StoppedError('stopped')))
  await Promise.race([work, stopped])
}

function explain(error: unknown, { stage }: CreateAdminOptions): unknown {
  if (error instanceof ChatError) return new StartError(error.message, { cause: error })
  if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) {
    const how =
      stage === undefined ? './scripts/migrate.sh' : `npx cdk deploy --all -c stage=${stage}`
    return new StartError(`the database is not migrated: run ${how}`, { cause: error })
  }
  if (!isUnavailable(error) || error instanceof StartError) return error
  return new StartError('the database does not answer: try again', { cause: error })
}
