import { runCommand, say } from './cli.ts'
import { migrateDatabase } from './migrate-database.ts'
import { openSharedDatabase } from './shared-database.ts'
import { catchStopSignals } from './stop-signal.ts'

const usage = `
Usage: ./scripts/migrate.sh [options]
Migrates the database of ./scripts/run.sh to the newest schema. run.sh does this, too.
`.trim()

await runCommand(usage, async (settings) => {
  // A first Ctrl-C lets the migration end; what was not applied would be the next time anyway.
  catchStopSignals()
  if (settings.note) say(settings.note)
  await using database = await openSharedDatabase(settings, say)
  say(await migrateDatabase(database.config))
})
