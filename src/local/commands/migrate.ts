import { runCommand, say } from './cli.ts'
import { migrateDatabase } from './migrate-database.ts'
import { openSharedDatabase } from './shared-database.ts'
import { catchStopSignals } from './stop-signal.ts'

const usage = `
Usage: ./scripts/migrate.sh [options]
Migrates the database of ./scripts/run.sh to the newest schema. run.sh does this, too.
`.trim()

await runCommand(usage, async (settings) => {
  // The first Ctrl-C lets the migration finish, because the next run would have to apply the rest anyway.
  catchStopSignals()
  if (settings.note) say(settings.note)
  await using database = await openSharedDatabase(settings, say)
  say(await migrateDatabase(database.config))
})
