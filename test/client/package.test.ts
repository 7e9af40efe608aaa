/** The npm package of the client library. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import type * as z from 'zod'
import { buildClient, shortened } from '../../scripts/client/build.ts'
import { renderWire, wireFile } from '../../scripts/client/wire.ts'
import type {
  ChatClient,
  ChatError,
  ClientErrorCode,
  RoomHandle,
  RoomView,
  SessionState,
  Store,
} from '../../src/client/index.ts'
import type * as wire from '../../src/client/wire.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import type { signedIn, user } from '../../src/protocol/accounts.ts'
import type { problem } from '../../src/protocol/errors.ts'
import type { messagePage } from '../../src/protocol/messages.ts'
import type { notification } from '../../src/protocol/notifications.ts'
import type { createRoomRequest, member, room, roomPage } from '../../src/protocol/rooms.ts'
import type { found } from '../../src/protocol/search.ts'
import type { clientFrame, durableEvent, otherEvent } from '../../src/protocol/socket.ts'
import { startTestServer } from '../support/chat-server.ts'

const run = promisify(execFile)
/** The size that a page has to load. */
const maxBytes = 12_000

let project: string
let dist: string
beforeAll(async () => {
  await mkdir(join(projectRoot, 'dist'), { recursive: true })
  project = await mkdtemp(join(projectRoot, 'dist/client-test-'))
  dist = join(project, 'package')
  await buildClient(dist)
  await mkdir(join(project, 'node_modules'))
  await symlink(dist, join(project, 'node_modules/quick-connect-client'))
  return () => rm(project, { recursive: true })
})

const readDist = (name: string) => readFile(join(dist, name), 'utf8')

/** This is compiled but never run. */
const callSome = (client: ChatClient) => ({
  read: client.request('GET /api/users/me/'),
  list: client.request('GET /api/rooms/', { query: { member: true, limit: 5 } }),
  look: client.request('GET /api/rooms/{room_id}/', { params: { room_id: 1 } }),
  leave: client.request('POST /api/rooms/{room_id}/leave/', { params: { room_id: 1 } }),
  // @ts-expect-error -- there is no such operation
  none: client.request('GET /api/nothing/'),
  // @ts-expect-error -- a title is missing
  room: client.request('POST /api/rooms/', { body: {} }),
  // @ts-expect-error -- the room is missing
  messages: client.request('GET /api/messages/{room_id}/'),
  // @ts-expect-error -- what to look for is missing
  search: client.request('GET /api/search/', { query: {} }),
})

describe('the types of the wire', () => {
  it('match the schemas', async () => {
    expect(await readFile(wireFile, 'utf8')).toBe(await renderWire())
  })

  it('match the types that the server works with', () => {
    expectTypeOf<wire.User>().toEqualTypeOf<z.output<typeof user>>()
    expectTypeOf<wire.SignedIn>().toEqualTypeOf<z.output<typeof signedIn>>()
    expectTypeOf<wire.Problem>().toEqualTypeOf<z.output<typeof problem>>()
    expectTypeOf<wire.Room>().toEqualTypeOf<z.output<typeof room>>()
    expectTypeOf<wire.RoomPage>().toEqualTypeOf<z.output<typeof roomPage>>()
    expectTypeOf<wire.CreateRoomRequest>().toEqualTypeOf<z.input<typeof createRoomRequest>>()
    expectTypeOf<wire.Member>().toEqualTypeOf<z.output<typeof member>>()
    expectTypeOf<wire.MessagePage>().toEqualTypeOf<z.output<typeof messagePage>>()
    expectTypeOf<wire.Found>().toEqualTypeOf<z.output<typeof found>>()
    expectTypeOf<wire.Notification>().toEqualTypeOf<z.output<typeof notification>>()
    expectTypeOf<wire.DurableEvent>().toEqualTypeOf<z.output<typeof durableEvent>>()
    expectTypeOf<wire.OtherEvent>().toEqualTypeOf<z.output<typeof otherEvent>>()
    expectTypeOf<wire.ClientFrame>().toEqualTypeOf<z.input<typeof clientFrame>>()
  })

  it('make a typed call of each operation', () => {
    type Calls = ReturnType<typeof callSome>
    expectTypeOf<Calls['read']>().resolves.toEqualTypeOf<wire.User>()
    expectTypeOf<Calls['list']>().resolves.toEqualTypeOf<wire.RoomPage>()
    expectTypeOf<Calls['look']>().resolves.toEqualTypeOf<wire.RoomDetail>()
    expectTypeOf<Calls['leave']>().resolves.toEqualTypeOf<undefined>()
    expectTypeOf<ReturnType<RoomHandle['send']>>().toEqualTypeOf<string>()
  })

  it('match the stores', () => {
    expectTypeOf<ChatClient['rooms']>().toEqualTypeOf<Store<readonly wire.Room[] | null>>()
    expectTypeOf<ChatClient['session']>().toEqualTypeOf<Store<SessionState>>()
    expectTypeOf<RoomHandle['view']>().toEqualTypeOf<Store<RoomView>>()
    expectTypeOf<RoomView['messages']>().toEqualTypeOf<readonly wire.Message[]>()
    expectTypeOf<RoomView['outgoing'][number]['status']>().toEqualTypeOf<
      'saving' | 'waiting' | 'sending' | 'sent' | 'failed'
    >()
    expectTypeOf<ChatError['code']>().toEqualTypeOf<ClientErrorCode>()
    expectTypeOf<wire.ErrorCode>().toExtend<ClientErrorCode>()
    // A reader of a store cannot set it.
    expectTypeOf<ChatClient['rooms']>().not.toHaveProperty('set')
  })
})

describe('the package', () => {
  it('is small, has no dependencies, and contains nothing of the server', async () => {
    const manifest = JSON.parse(await readDist('package.json'))
    expect(Object.keys(manifest)).not.toContain('dependencies')
    for (const name of ['index.js', 'browser.js']) {
      const code = await readDist(name)
      expect(code).not.toMatch(/\bimport\b|\brequire\b|zod|node:/)
    }
    const size = gzipSync(await readDist('index.js'), { level: 9 }).length
    expect(size).toBeLessThanOrEqual(maxBytes)
    const all = (await readdir(dist, { recursive: true })).filter((name) => /\.\w+$/.test(name))
    expect(all).toContain('README.md')
    for (const name of all.filter((each) => each.endsWith('.d.ts'))) {
      expect(await readDist(name)).not.toMatch(/zod|protocol\/|\.ts'/)
    }
  })

  it('keeps the names of the wire, and of its public fields', async () => {
    const wireText = await readFile(wireFile, 'utf8')
    const state = await readDist('core/state.d.ts')
    const seen = ['Me', 'Connection', 'Outgoing', 'NotificationsState'].map((name) =>
      state.slice(state.indexOf(`interface ${name} `)).replace(/\n\}[^]*/, ''),
    )
    const others = ['client', 'errors', 'http', 'session', 'storage', 'store', 'view', 'core/turn']
    const texts = await Promise.all(others.map((name) => readDist(`${name}.d.ts`)))
    const stored = texts.at(-1)!.slice(texts.at(-1)!.indexOf('interface StoredSend '))
    const names = [wireText, ...seen, ...texts.slice(0, -1), stored.replace(/\n\}[^]*/, '')]
      .join('\n')
      .match(/\b\w+(?=\??[:(])/g)
    expect(names).toContain('room_id')
    expect(shortened.filter((name) => names!.includes(name))).toEqual([])
  })

  it('has declarations that a strict program for browsers compiles with', async () => {
    const program = `
      import { createClient, memoryStorage, until, type RoomView, type Message } from 'quick-connect-client'
      import { indexedDbStorage, webLock } from 'quick-connect-client/browser'
      const client = createClient({ url: '', ...indexedDbStorage(), lock: webLock(), WebSocket, fetch })
      export const other = createClient({ url: '', ...memoryStorage(), onError: ({ code }) => code })
      const room = client.room(1)
      export const view: RoomView = await until(room.view, ({ messages }) => messages.length > 0)
      export const message: Message = await room.edit(1, 'text')
      export const { title } = await client.request('POST /api/rooms/', { body: { title: 'Tea' } })
      // @ts-expect-error -- a store cannot be set
      room.view.set(view)
    `
    const settings = {
      compilerOptions: {
        target: 'es2024',
        lib: ['es2024', 'dom'],
        module: 'nodenext',
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
      files: ['program.mts'],
    }
    await writeFile(join(project, 'program.mts'), program)
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(settings))
    await run(join(projectRoot, 'node_modules/.bin/tsc'), ['--project', project])
  })

  it('does what the example in its README says', async () => {
    await using server = await startTestServer()
    const readme = await readDist('README.md')
    const example = /```js\n([^]*?)```/.exec(readme)![1]!
    const url = 'http://localhost:8000'
    expect(example).toContain(url)
    await writeFile(join(project, 'example.mjs'), example.replace(url, server.url))
    const { stdout, stderr } = await run(process.execPath, [join(project, 'example.mjs')])
    expect(stdout).toContain('Is anybody here?')
    expect(stderr).toBe('')
  })
})
