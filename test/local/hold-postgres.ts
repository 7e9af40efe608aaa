// Starts PostgreSQL in the directory of its argument, writes a line, and stays until it is killed.
import { startEmbeddedPostgres } from '../../src/local/postgres/postgres.ts'

const [, , dataDir = ''] = process.argv
await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
process.stdout.write('ready\n')
setInterval(() => {}, 60_000)
