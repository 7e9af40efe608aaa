/**
 * Measures what clients that misbehave cost the others: how long a message takes from an ordinary member of a busy room
 * to all ordinary members. Three conditions take turns: only ordinary members; as many more members who read; and
 * instead of these, members whose sockets accept nothing, with clients that open connections and say nothing, and that
 * repeat `hello` and pings. It starts a server and its database, prints times and the server's memory, and stops them.
 *
 *   npm run bench:slow -- [--members 1000] [--seconds 30] [--rounds 3]
 *
 * The kernel of Linux takes 2.7 MB for a socket of the loopback before it lets the server wait, and 0.1 MB for one of
 * an Ethernet. In a network namespace of its own the loopback can be as the latter:
 *
 *   unshare --net sh -c 'ip link set lo mtu 1500 up && npm run bench:slow'
 *
 * docs/reliability.md has what was measured.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { Client } from 'pg'
import { WebSocket } from 'ws'
import { signAccessToken } from '../../src/core/accounts/access-token.ts'
import { say } from '../../src/local/cli.ts'
import { migrateDatabase } from '../../src/local/migrate-database.ts'
import { startEmbeddedPostgres } from '../../src/local/postgres.ts'
import type { PostgresConnection } from '../../src/local/postgres.ts'
import { projectRoot } from '../../src/local/project-root.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
  },
})
const members = Number(values.members)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)

/** Members who read and write. */
const ordinary = { members: 20, messagesPerSecond: 10, characters: 2_000 }
/** Beside the members who read nothing. */
const hostile = { silent: 100, trickling: 100, repeaters: 10, pingers: 10 }
/** Rooms of which those who repeat `hello` have missed all. */
const missed = { rooms: 4, messages: 249 }

const keys = [{ kid: 'bench', secret: 'a secret of the benchmark, of 32 bytes' }] as const

interface User {
  readonly userId: number
  readonly sessionId: number
}

interface World {
  readonly url: URL
  readonly pid: number
  readonly postgresPid: number
  readonly roomId: number
  readonly ordinary: readonly User[]
  readonly slow: readonly User[]
  readonly repeaters: readonly User[]
  readonly pingers: readonly User[]
}

async function fill(
  connection: PostgresConnection,
): Promise<Omit<World, 'url' | 'pid' | 'postgresPid'>> {
  const client = new Client(connection)
  await client.connect()
  const one = async (statement: string, parameters: unknown[] = []) =>
    (await client.query<Record<string, string>>(statement, parameters)).rows
  const make = async (name: string, count: number): Promise<User[]> => {
    const rows = await one(
      `with made as (
         insert into users (username, email, password_hash)
           select $1 || n, $1 || n || '@example.org', '' from generate_series(1, $2::int) n returning id)
       insert into sessions (user_id, expires_at, refresh_family)
         select id, now() + interval '30 days', $1 || id from made
         returning id as "sessionId", user_id as "userId"`,
      [name, count],
    )
    return rows.map(({ userId, sessionId }) => ({
      userId: Number(userId),
      sessionId: Number(sessionId),
    }))
  }
  const room = async (name: string, users: readonly User[]): Promise<number> => {
    const [made] = await one(
      `insert into rooms (kind, name, title) values ('public', $1, $1) returning id`,
      [name],
    )
    await client.query(
      `insert into memberships (room_id, user_id, role)
         select $1, id, 'member' from users where id in (select jsonb_array_elements_text($2)::bigint)`,
      [made!['id'], JSON.stringify(users.map(({ userId }) => userId))],
    )
    return Number(made!['id'])
  }
  try {
    const users = {
      ordinary: await make('ordinary', ordinary.members),
      slow: await make('slow', members),
      repeaters: await make('repeater', hostile.repeaters),
      pingers: await make('pinger', hostile.pingers),
    }
    const roomId = await room('busy', [...users.ordinary, ...users.slow])
    for (let n = 0; n < missed.rooms; n += 1) {
      const id = await room(`missed${n}`, users.repeaters)
      await client.query(
        `with added as (
           insert into messages (room_id, seq, user_id, text, client_id, created_at)
             select $1, n, $2, 'A message of an ordinary length, number ' || n, 'filled ' || n, now()
               from generate_series(1, $3::int) n
             returning id, room_id, seq, user_id, created_at),
         logged as (
           insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
             select room_id, seq, 'message', created_at, user_id, id from added)
         update rooms set last_seq = $3, last_event_at = now() where id = $1`,
        [id, users.ordinary[0]!.userId, missed.messages],
      )
    }
    await client.query('analyze')
    return { ...users, roomId }
  } finally {
    await client.end()
  }
}

/** The server as run.sh starts it. Only what this command itself needs is not the standard. */
async function startServer(
  database: PostgresConnection,
): Promise<{ process: ChildProcess; url: URL }> {
  const { host, port, user, password } = database
  const child = spawn(process.execPath, [join(projectRoot, 'src/local/run.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      ADMIN_PORT: '0',
      POSTGRES_HOST: host,
      POSTGRES_PORT: String(port),
      POSTGRES_DB: database.database,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      JWT_KEYS: JSON.stringify({ keys }),
      // Everybody is at one address here.
      CONNECTIONS_PER_ADDRESS: '100000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  void reportErrors(child.stderr)
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /Quick Connect is on (\S+)/.exec(line)?.[1]
    if (url !== undefined) {
      child.stdout.resume()
      return { process: child, url: new URL(url) }
    }
  }
  throw new Error('the server did not start: see what it says above')
}

/** Prints the first errors that the server logs: there may be many of a kind. */
async function reportErrors(stderr: Readable): Promise<void> {
  let count = 0
  for await (const line of createInterface({ input: stderr })) {
    if (line.includes('"level":"WARN"')) continue
    count += 1
    if (count <= 3) say(`the server says: ${line}`)
  }
  if (count > 3) say(`the server said ${count - 3} more lines like that`)
}

function open({ url }: World, user: User, protocol = 'quick-connect.v1'): WebSocket {
  const address = new URL('/ws/', url)
  address.protocol = 'ws:'
  const ws = new WebSocket(address, [protocol, signAccessToken(keys, user)])
  ws.on('error', () => undefined)
  return ws
}

/** Waits until it is open, or was refused. */
async function opened(ws: WebSocket): Promise<WebSocket> {
  if (ws.readyState === WebSocket.CONNECTING) {
    await Promise.race([once(ws, 'open'), once(ws, 'close')]).catch(() => undefined)
  }
  return ws
}

/** Ordinary members for a while: how long each message took to each of them, in milliseconds. */
async function converse(world: World, sockets: readonly WebSocket[]): Promise<number[]> {
  const latencies: number[] = []
  const sentAt = new Map<string, number>()
  let expected = 0
  const listen = (data: Buffer) => {
    const now = performance.now()
    for (const { type, message } of [JSON.parse(data.toString())].flat()) {
      const at = type === 'message' ? sentAt.get(String(message).split(' ')[0]!) : undefined
      if (at !== undefined) latencies.push(now - at)
    }
  }
  for (const ws of sockets) ws.on('message', listen)
  const start = performance.now()
  const count = seconds * ordinary.messagesPerSecond
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, start + (n * 1_000) / ordinary.messagesPerSecond - performance.now()))
    const name = `${start}:${n}`
    sentAt.set(name, performance.now())
    const message = `${name} `.padEnd(ordinary.characters, 'x')
    const frame = { action: 'sendmessage', room_id: world.roomId, message }
    sockets[n % sockets.length]!.send(JSON.stringify(frame))
    expected += sockets.length
  }
  const deadline = performance.now() + 20_000
  while (latencies.length < expected && performance.now() < deadline) await sleep(20)
  for (const ws of sockets) ws.off('message', listen)
  if (latencies.length !== expected) {
    throw new Error(`${expected - latencies.length} of ${expected} messages did not arrive`)
  }
  return latencies
}

/** Clients beside the ordinary ones. */
class Crowd {
  readonly counts = { cut: 0, replayed: 0, resync: 0, refused: 0 }
  #sockets = new Set<{ destroy(): void }>()
  #hasLeft = false

  /** Opens a socket, and another one a second after it was closed; resolves when the first is open. */
  async add(open: () => WebSocket, behave: (ws: WebSocket) => () => void): Promise<void> {
    let ws = await opened(open())
    while (ws.readyState !== WebSocket.OPEN) {
      await sleep(1_000)
      ws = await opened(open())
    }
    void this.#keep(ws, open, behave)
  }

  async #keep(
    first: WebSocket,
    open: () => WebSocket,
    behave: (ws: WebSocket) => () => void,
  ): Promise<void> {
    for (let ws = first; !this.#hasLeft; ws = await opened(open())) {
      const stop = behave(ws)
      await this.#untilClosed(ws, () => ws.terminate())
      stop()
      if (!this.#hasLeft) await sleep(1_000)
    }
  }

  /** Opens a connection that sends what `behave` says, and another one a second after it was closed. */
  async connect(port: number, behave: (socket: Socket) => () => void): Promise<void> {
    while (!this.#hasLeft) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      const stop = behave(socket)
      await this.#untilClosed(socket, () => socket.destroy())
      stop()
      if (!this.#hasLeft) await sleep(1_000)
    }
  }

  async #untilClosed(socket: WebSocket | Socket, destroy: () => void): Promise<void> {
    const own = { destroy }
    this.#sockets.add(own)
    const isOpen = !(socket instanceof WebSocket) || socket.readyState !== WebSocket.CLOSED
    if (isOpen) await once(socket, 'close')
    this.#sockets.delete(own)
    if (!this.#hasLeft) this.counts.cut += 1
  }

  leave(): void {
    this.#hasLeft = true
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Lets members come, so few at once that the gateway's 500 new sockets a second are kept to. */
async function addMembers(
  crowd: Crowd,
  world: World,
  behave: (ws: WebSocket) => () => void,
): Promise<void> {
  for (let n = 0; n < world.slow.length; n += 10) {
    const some = world.slow.slice(n, n + 10)
    await Promise.all(
      some.map((user, at) => {
        const protocol = at % 2 === 0 ? 'quick-connect.v1' : 'a-simple-client'
        return crowd.add(() => open(world, user, protocol), behave)
      }),
    )
  }
}

async function gatherReaders(world: World): Promise<Crowd> {
  const crowd = new Crowd()
  await addMembers(crowd, world, () => () => undefined)
  return crowd
}

async function gatherMisbehaving(world: World): Promise<Crowd> {
  const crowd = new Crowd()
  const { counts } = crowd
  await addMembers(crowd, world, (ws) => {
    ws.pause()
    // Who does not read hears of the end of a socket only when they write.
    return every(2_000, () => ws.pong())
  })
  const positions = Object.fromEntries(
    Array.from({ length: missed.rooms }, (_, n) => [world.roomId + 1 + n, 0]),
  )
  const hello = JSON.stringify({ action: 'hello', rooms: positions })
  for (const user of world.repeaters) {
    await crowd.add(
      () => open(world, user),
      (ws) => {
        ws.on('message', (data: Buffer) => {
          for (const { type } of [JSON.parse(data.toString())].flat()) {
            if (type === 'message') counts.replayed += 1
            else if (type === 'resync') counts.resync += 1
            else if (type === 'error') counts.refused += 1
          }
        })
        return every(100, () => ws.send(hello))
      },
    )
  }
  for (const user of world.pingers) {
    await crowd.add(
      () => open(world, user),
      (ws) => every(5, () => ws.ping('x')),
    )
  }
  const port = Number(world.url.port)
  for (let n = 0; n < hostile.silent; n += 1) void crowd.connect(port, () => () => undefined)
  for (let n = 0; n < hostile.trickling; n += 1) {
    void crowd.connect(port, (socket) => {
      socket.write('GET /ws/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
      return every(500, () => socket.write('x'))
    })
  }
  return crowd
}

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(() => {
    try {
      act()
    } catch {
      // The socket has just been closed.
    }
  }, ms)
  return () => clearInterval(timer)
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined)
  if (status !== undefined) return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1_024
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1_024
}

/** Milliseconds of processor time that a process and its children have had; 0 where there is no /proc. */
async function processorMs(pid: number): Promise<number> {
  const tickMs = 10
  const read = async (each: string) => {
    const text = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '')
    const [, parent, ...fields] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    // User and system, of itself and of the children that have ended.
    return { parent, ms: fields.slice(9, 13).reduce((sum, ticks) => sum + ticks, 0) * tickMs }
  }
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(pids.map(async (name) => ({ name, ...(await read(name)) })))
  return all
    .filter(({ name, parent }) => name === String(pid) || parent === pid)
    .reduce((sum, { ms }) => sum + ms, 0)
}

interface Watched<T> {
  readonly result: T
  /** The greatest of the server's memory, in megabytes. */
  readonly peak: number
  /** Processor time of the server and of its database. */
  readonly ms: readonly [number, number]
}

/** Watches the server while something is done. */
async function watching<T>(
  { pid, postgresPid }: World,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  const times = async () => [await processorMs(pid), await processorMs(postgresPid)] as const
  const before = await times()
  let peak = 0
  const over = new AbortController()
  const look = async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await residentMegabytes(pid))
      await sleep(250)
    }
  }
  const looking = look()
  const result = await work()
  over.abort()
  await looking
  const after = await times()
  return { result, peak, ms: [after[0] - before[0], after[1] - before[1]] }
}

const percent = (ms: number) => `${(ms / seconds / 10).toFixed(0)} %`
const ratio = (a = 0, b = 1) => (a / b).toFixed(2)

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

const column = (value: number) => `${value.toFixed(1).padStart(7)} ms`

/** Prints a line, and gives the p99. */
function report(name: string, latencies: readonly number[], more = ''): number {
  const sorted = latencies.toSorted((a, b) => a - b)
  const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)]
  say(`${name.padEnd(32)} ${sorted.length} deliveries, p50${column(p50)}, p99${column(p99)}${more}`)
  return p99
}

const conditions: Readonly<Record<string, (world: World) => Promise<Crowd>>> = {
  'only ordinary members': async () => new Crowd(),
  'and members who read': gatherReaders,
  'and members who misbehave': gatherMisbehaving,
}

interface Gathered {
  readonly name: string
  readonly world: World
}

/** Lets a crowd come from a thread of its own, so that its work does not keep those who measure waiting. */
async function gather(name: string, world: World) {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { name, world: { ...world, url: world.url.href } },
  })
  await once(worker, 'message')
  return {
    async leave(): Promise<Crowd['counts']> {
      worker.postMessage('leave')
      const [counts]: Crowd['counts'][] = await once(worker, 'message')
      await worker.terminate()
      return counts!
    },
  }
}

async function beCrowd(port: MessagePort, { name, world }: Gathered): Promise<void> {
  const crowd = await conditions[name]!({ ...world, url: new URL(world.url) })
  port.postMessage('gathered')
  await once(port, 'message')
  crowd.leave()
  port.postMessage(crowd.counts)
}

async function measure(world: World): Promise<void> {
  const sockets = await Promise.all(
    world.ordinary.map(async (user) => await opened(open(world, user))),
  )
  // What is measured is a server that has warmed up.
  await converse(world, sockets)
  const all = new Map<string, number[]>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of Object.keys(conditions)) {
      const crowd = await gather(name, world)
      const { result, peak, ms } = await watching(world, () => converse(world, sockets))
      all.set(name, [...(all.get(name) ?? []), ...result])
      const { cut, replayed, resync, refused } = await crowd.leave()
      report(
        `${round}. ${name}`,
        result,
        `, processor ${percent(ms[0])} server, ${percent(ms[1])} database, server ${peak.toFixed(0)} MB, ${cut} cut, ${replayed} replayed, ${resync} resync, ${refused} refused`,
      )
      await sleep(3_000)
    }
  }
  const [alone, readers, misbehaving] = Array.from(all, ([name, times]) => report(name, times))
  say(
    `p99 with members who misbehave: ${ratio(misbehaving, alone)} times that with only ordinary members, ` +
      `${ratio(misbehaving, readers)} times that with members who read`,
  )
  for (const ws of sockets) ws.terminate()
}

async function main(): Promise<void> {
  // Whatever happens, it ends.
  setTimeout(
    () => {
      say('it took too long: give fewer --rounds or --seconds')
      process.exit(1)
    },
    (120 + rounds * 3 * (seconds + 60)) * 1_000,
  ).unref()

  const dataDir = await mkdtemp(join(tmpdir(), 'quick-connect-bench-'))
  try {
    await using postgres = await startEmbeddedPostgres({ dataDir })
    await migrateDatabase(postgres.connection)
    const filled = await fill(postgres.connection)
    const server = await startServer(postgres.connection)
    try {
      const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
      const postgresPid = Number(pidFile.split('\n')[0])
      await measure({ ...filled, url: server.url, pid: server.process.pid!, postgresPid })
    } finally {
      const ended = once(server.process, 'exit')
      server.process.kill('SIGTERM')
      await ended
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

if (isMainThread) {
  await main()
  process.exit()
} else {
  const gathered: Gathered = workerData
  await beCrowd(parentPort!, gathered)
}
