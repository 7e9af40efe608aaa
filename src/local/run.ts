import { createLog } from '../../functions/log.ts'
import { forgetConnections } from '../core/connections/forget-connections.ts'
import { runCommand, say } from './cli.ts'
import { createPgDatabase } from './database.ts'
import { loadJwtKeys } from './jwt-keys.ts'
import { checkListen, explainListen } from './listen-check.ts'
import { migrateDatabase } from './migrate-database.ts'
import { openDatabase } from './open-database.ts'
import { lockDatabase } from './server-lock.ts'
import { serve } from './server.ts'
import type { Settings } from './settings.ts'
import { catchStopSignals, whenAborted } from './stop-signal.ts'

const usage = `
Usage: ./scripts/run.sh [options]
Runs Quick Connect on this machine: the HTTP API, the WebSocket API and its pages on one port, the
admin's pages on another, over a PostgreSQL that comes with it. Ctrl-C stops it, and a second one at once.
`.trim()

await runCommand(usage, run)

async function run(settings: Settings): Promise<void> {
  const stop = catchStopSignals()
  if (settings.note) say(settings.note)
  await checkListen(settings)

  const begin = performance.now()
  await using database = await openDatabase(settings, say)
  say(`database ready (${((performance.now() - begin) / 1000).toFixed(1)} s)`)
  if (stop.aborted) return
  const log = createLog(settings.logLevel)
  await using lock = await lockDatabase(database.config, log)
  say(await migrateDatabase(database.config))
  if (stop.aborted) return

  await using db = createPgDatabase(database.config)
  await forgetConnections(db)
  const server = await serve({
    ...settings,
    db,
    jwtKeys: settings.jwtKeys ?? (await loadJwtKeys(settings.dataDir)),
    log,
  }).catch(explainListen(settings))
  try {
    say(`Quick Connect is on ${urlOf(settings.host, server.port)}`)
    say(`its admin pages are on ${urlOf(settings.host, server.adminPort)}/admin`)
    say('press Ctrl-C to stop')
    await Promise.race([whenAborted(stop), database.lost, lock.lost])
    say('stopping…')
  } finally {
    await server.close()
  }
}

/** Listening on the loopback or on every address, it is found under a name that people know. */
function urlOf(host: string, port: number): string {
  if (['127.0.0.1', '0.0.0.0', '::1', '::'].includes(host)) return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
