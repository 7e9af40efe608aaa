/** The admin's pages on a server of their own, which reaches sockets through the other server's `@connections`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLimits } from '../../functions/env.ts'
import { type RunningAdmin, serveAdmin } from '../../src/local/server/admin-server.ts'
import { loadConnectionsKey } from '../../src/local/commands/connections-key.ts'
import { AdminBrowser, makeAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { collectLog } from '../support/collect-log.ts'
import { sharedPasswords } from '../support/shared-passwords.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let running: RunningAdmin
let browser: AdminBrowser
const dir = await makeTempDir()
const credentials = await loadConnectionsKey(`${dir.path}/key`)
const log = collectLog()

const urlOf = ({ running: { callbackPort } }: TestServer) =>
  `http://127.0.0.1:${callbackPort}/local`

async function serveWith(key: typeof credentials): Promise<RunningAdmin> {
  return await serveAdmin({
    db: server.db,
    host: '127.0.0.1',
    adminPort: 0,
    trustProxy: false,
    limits: readLimits({}),
    log,
    passwords: sharedPasswords(),
    chatUrl: server.url,
    connectionsUrl: urlOf(server),
    credentials: key,
  })
}

beforeAll(async () => {
  server = await startTestServer({ callbacks: { port: 0, credentials } })
  running = await serveWith(credentials)
  const admin = await server.register()
  await makeAdmin(server, admin)
  browser = new AdminBrowser({ running: { ...server.running, ...running } })
  await browser.signIn(admin.username)
})
afterAll(async () => {
  await running.close()
  await server[Symbol.asyncDispose]()
  await dir[Symbol.asyncDispose]()
})

test('pushes its changes to the sockets of the other server, and closes them', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Before' })
  await using socket = await openSocket(user)
  const edit = `/admin/rooms/${room.id}/edit/`
  const fields = { title: 'After', description: '', reason: '' }
  await browser.submit(await browser.get(edit), edit, fields)
  expect(await socket.next('room.updated')).toMatchObject({ title: 'After' })
  const suspend = `/admin/users/${user.id}/suspend/`
  const shown = await browser.submit(await browser.get(suspend), suspend, { reason: 'spam' })
  expect(textOf(shown)).toContain('The user is suspended. Their connections are closed.')
  expect(await socket.next('bye')).toMatchObject({ code: 'suspended' })
  await socket.closed
})

test('alone serves these pages, and nobody reaches a socket without the key', async () => {
  expect(server.running.adminPort).toBe(0)
  const user = await server.register()
  await using socket = await openSocket(user)
  const [{ id }] = (await server.db
    .selectFrom('connections')
    .where('user_id', '=', user.id)
    .select('id')
    .execute()) as [{ id: string }]
  const url = `${urlOf(server)}/@connections/${encodeURIComponent(id)}`
  for (const method of ['POST', 'DELETE', 'GET']) {
    expect((await fetch(url, { method })).status).toBe(403)
  }
  await using stranger = await serveWith({ ...credentials, secretAccessKey: 'x'.repeat(43) })
  const admin = await server.register()
  await makeAdmin(server, admin)
  const other = new AdminBrowser({ running: { ...server.running, ...stranger } })
  await other.signIn(admin.username)
  const room = await user.createRoom({ title: 'Quiet' })
  const edit = `/admin/rooms/${room.id}/edit/`
  await other.submit(await other.get(edit), edit, { title: 'Loud', description: '', reason: '' })
  await socket.settle()
  expect(socket.received.filter(({ type }) => type === 'room.updated')).toEqual([])
  expect(log.lines.map(({ message }) => message)).toContain('pushes failed')
})
