import { createLog } from '../../../functions/log.ts'
import type { Log } from '../../core/ports.ts'
import { forgetConnections } from '../../core/sockets/forget-connections.ts'
import { runCommand, say } from './cli.ts'
import { createPgDatabase } from '../postgres/database.ts'
import { loadJwtKeys } from './jwt-keys.ts'
import { checkListen, explainListen } from './listen-check.ts'
import { migrateDatabase } from './migrate-database.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'
import { lockDatabase } from './server-lock.ts'
import { loadConnectionsKey } from './connections-key.ts'
import { shrinkHeap } from '../machine/shrink-heap.ts'
import { serve, stage } from '../server/server.ts'
import type { ServerSettings } from './settings.ts'
import { catchStopSignals, whenAborted } from './stop-signal.ts'

const usage = `
Usage: ./scripts/run.sh [options]
Runs Quick Connect on this machine, with an embedded PostgreSQL: the HTTP API, the WebSocket API and
the chat's page on one port, the admin's pages on another. Ctrl-C stops it. A second Ctrl-C stops it
at once.
`.trim()

await runCommand(usage, run)

async function run(settings: ServerSettings): Promise<void> {
  const stop = catchStopSignals()
  if (settings.note) say(settings.note)
  await checkListen(portsOf(settings))

  const begin = performance.now()
  await using database = await openDatabase(settings, say)
  say(`database ready (${((performance.now() - begin) / 1000).toFixed(1)} s)`)
  if (stop.aborted) return
  const log = createLog(settings.logLevel)
  if (settings.connections?.url !== undefined) {
    await runAdmin(settings, settings.connections, database, log, stop)
    return
  }
  await using lock = await lockDatabase(database.config, log)
  say(await migrateDatabase(database.config))
  if (stop.aborted) return

  await using db = createPgDatabase(database.config)
  await forgetConnections(db)
  shrinkHeap()
  const server = await serve({
    ...settings,
    db,
    jwtKeys: settings.jwtKeys ?? (await loadJwtKeys(settings.dataDir)),
    log,
    callbacks: settings.connections && {
      port: settings.connections.port,
      credentials: await loadConnectionsKey(settings.connections.keyFile),
    },
  }).catch(explainListen(settings))
  try {
    say(`Quick Connect is on ${urlOf(settings.host, server.port)}`)
    say(
      settings.connections
        ? `its sockets are reached on ${urlOf(settings.host, server.callbackPort)}`
        : `its admin pages are on ${urlOf(settings.host, server.adminPort)}/admin`,
    )
    say('press Ctrl-C to stop')
    await Promise.race([whenAborted(stop), database.lost, lock.lost])
    say('stopping…')
  } finally {
    await server.close()
  }
  // On a busy machine the server may not have removed the connections of all its sockets in its time. If this fails,
  // the next start does it. Without the lock, the connections may be those of another server.
  if (stop.aborted) await forgetConnections(db).catch(() => undefined)
}

/** The ports that this server listens on. */
function portsOf({ host, port, adminPort, connections }: ServerSettings) {
  if (!connections) return { host, port, adminPort }
  return connections.url === undefined
    ? { host, port, adminPort: connections.port }
    : { host, port: adminPort, adminPort }
}

/**
 * Serves only the admin's pages, with the database of another running server, and sends to the connections of that
 * server.
 */
async function runAdmin(
  settings: ServerSettings,
  { url, keyFile }: { readonly url: string; readonly keyFile: string },
  database: OpenDatabase,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  // Only these pages need the AWS SDK, which takes some megabytes.
  const { serveAdmin } = await import('../server/admin-server.ts')
  await using db = createPgDatabase(database.config)
  await using server = await serveAdmin({
    ...settings,
    db,
    log,
    chatUrl: settings.chatUrl ?? urlOf(settings.host, settings.port),
    connectionsUrl: `${url}/${stage}`,
    credentials: await loadConnectionsKey(keyFile),
  }).catch(explainListen(settings))
  say(`the admin pages are on ${urlOf(settings.host, server.adminPort)}/admin`)
  say('press Ctrl-C to stop')
  await Promise.race([whenAborted(stop), database.lost])
  say('stopping…')
}

/** A server on the loopback address or on all addresses is found under the name localhost, which people know. */
function urlOf(host: string, port: number): string {
  if (['127.0.0.1', '0.0.0.0', '::1', '::'].includes(host)) return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
