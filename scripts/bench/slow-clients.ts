/**
 * Measures what clients that misbehave cost the others: how long a message takes from an ordinary member of a room to
 * all ordinary members of it. There are two rooms, each with the same ordinary members' talk at a fixed rate: a busy
 * room, in which a crowd is, too, and another room, in which it is not. Three conditions take turns: no crowd; a crowd
 * of members who read; and instead of these, members whose sockets accept nothing, with clients that open connections
 * and say nothing, and that repeat `hello` and pings. It starts a server and its database, prints times, processor
 * time and the server's memory, and stops them.
 *
 *   npm run bench:slow -- [--members 1000] [--seconds 30] [--rounds 3] [--only stalled,silent,hello,pings]
 *
 * The crowd is a process of its own, and so is the server. Messages are sent at fixed times, whether or not the ones
 * before them have arrived, and a delivery is timed from when its message was due. The lateness of the generator is
 * printed: where it is much, the machine is too busy to tell.
 *
 * The kernel of Linux takes 2.7 MB for a socket of the loopback before it lets the server wait, and 0.1 MB for one of
 * an Ethernet. In a network namespace of its own the loopback can be as the latter:
 *
 *   unshare --net sh -c 'ip link set lo mtu 1500 up && npm run bench:slow'
 *
 * docs/reliability.md has what was measured.
 */
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { Client } from 'pg'
import { WebSocket } from 'ws'
import { signAccessToken } from '../../src/core/identity/access-token.ts'
import { say } from '../../src/local/commands/cli.ts'
import { migrateDatabase } from '../../src/local/commands/migrate-database.ts'
import { startEmbeddedPostgres } from '../../src/local/postgres/postgres.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { projectRoot } from '../../src/local/project-root.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'stalled,silent,hello,pings' },
  },
})
const members = Number(values.members)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
/** The kinds of clients that misbehave. */
const kinds = values.only.split(',')

/** Members of each room who read and write. */
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

interface Room {
  readonly id: number
  readonly ordinary: readonly User[]
}

interface World {
  readonly url: URL
  readonly pid: number
  readonly postgresPid: number
  readonly rooms: readonly Room[]
  readonly slow: readonly User[]
  readonly missedRooms: readonly number[]
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
      slow: await make('slow', members),
      repeaters: await make('repeater', hostile.repeaters),
      pingers: await make('pinger', hostile.pingers),
    }
    const rooms: Room[] = []
    for (const name of ['busy', 'other']) {
      const own = await make(name, ordinary.members)
      const id = await room(name, name === 'busy' ? [...own, ...users.slow] : own)
      rooms.push({ id, ordinary: own })
    }
    const missedRooms: number[] = []
    for (let n = 0; n < missed.rooms; n += 1) {
      const id = await room(`missed${n}`, users.repeaters)
      missedRooms.push(id)
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
        [id, users.slow[0]!.userId, missed.messages],
      )
    }
    await client.query('analyze')
    return { ...users, rooms, missedRooms }
  } finally {
    await client.end()
  }
}

/** The server as run.sh starts it. Only what this command itself needs is not the standard. */
async function startServer(
  database: PostgresConnection,
): Promise<{ process: ChildProcess; url: URL }> {
  const { host, port, user, password } = database
  const child = spawn(process.execPath, [join(projectRoot, 'src/local/commands/run.ts')], {
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
  const found = Promise.withResolvers<URL>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /Quick Connect is on (\S+)/.exec(line)?.[1]
    if (url !== undefined) found.resolve(new URL(url))
  })
  child.once('exit', () => {
    found.reject(new Error('the server did not start: see what it says above'))
  })
  return { process: child, url: await found.promise }
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

/** Times in milliseconds. */
interface Times {
  /** Of deliveries, for each room. */
  readonly latencies: readonly (readonly number[])[]
  /** How much later than it was due each message was sent. */
  readonly lateness: readonly number[]
}

/** The sockets of a room's ordinary members. */
interface Talk {
  readonly room: Room
  readonly sockets: readonly WebSocket[]
}

/** Ordinary members for a while, in all rooms at the same rate. */
async function converse(talks: readonly Talk[]): Promise<Times> {
  const lateness: number[] = []
  const latencies = talks.map((): number[] => [])
  const due = new Map<string, number>()
  const listeners = talks.map((_, index) => (data: Buffer) => {
    const now = performance.now()
    for (const { type, message } of [JSON.parse(data.toString())].flat()) {
      const at = type === 'message' ? due.get(String(message).split(' ')[0]!) : undefined
      if (at !== undefined) latencies[index]!.push(now - at)
    }
  })
  for (const [index, { sockets }] of talks.entries()) {
    for (const ws of sockets) ws.on('message', listeners[index]!)
  }
  const start = performance.now()
  const count = seconds * ordinary.messagesPerSecond * talks.length
  for (let n = 0; n < count; n += 1) {
    // The rooms take turns.
    const at = start + (n * 1_000) / (ordinary.messagesPerSecond * talks.length)
    await sleep(Math.max(0, at - performance.now()))
    lateness.push(performance.now() - at)
    const { room, sockets } = talks[n % talks.length]!
    const name = `${start}:${n}`
    due.set(name, at)
    const message = `${name} `.padEnd(ordinary.characters, 'x')
    const frame = { action: 'sendmessage', room_id: room.id, message }
    sockets[Math.floor(n / talks.length) % sockets.length]!.send(JSON.stringify(frame))
  }
  const expected = count * ordinary.members
  const deadline = performance.now() + 20_000
  const arrived = () => latencies.reduce((sum, { length }) => sum + length, 0)
  while (arrived() < expected && performance.now() < deadline) await sleep(20)
  for (const [index, { sockets }] of talks.entries()) {
    for (const ws of sockets) ws.off('message', listeners[index]!)
  }
  if (arrived() !== expected) {
    throw new Error(`${expected - arrived()} of ${expected} deliveries were not made`)
  }
  return { latencies, lateness }
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

const isOn = (kind: string) => kinds.includes(kind)

async function gatherMisbehaving(world: World): Promise<Crowd> {
  const crowd = new Crowd()
  const { counts } = crowd
  if (isOn('stalled'))
    await addMembers(crowd, world, (ws) => {
      ws.pause()
      // Who does not read hears of the end of a socket only when they write.
      return every(2_000, () => ws.pong())
    })
  const positions = Object.fromEntries(world.missedRooms.map((id) => [id, 0]))
  const hello = JSON.stringify({ action: 'hello', rooms: positions })
  for (const user of isOn('hello') ? world.repeaters : []) {
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
  for (const user of isOn('pings') ? world.pingers : []) {
    await crowd.add(
      () => open(world, user),
      (ws) => every(5, () => ws.ping('x')),
    )
  }
  if (!isOn('silent')) return crowd
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

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

const p99Of = (times: readonly number[]) => percentile(times, 0.99)
const median = (values: readonly number[]) => percentile(values, 0.5)
const column = (value: number) => `${value.toFixed(1).padStart(7)} ms`

const conditions: Readonly<Record<string, (world: World) => Promise<Crowd>>> = {
  'nobody else': async () => new Crowd(),
  'members who read': gatherReaders,
  'members who misbehave': gatherMisbehaving,
}

interface Gathered {
  readonly name: string
  readonly world: World
}

/** Lets a crowd come from a process of its own, so that its work does not keep those who measure waiting. */
async function gather(name: string, world: World) {
  const child = fork(import.meta.filename, process.argv.slice(2), {
    env: { ...process.env, [crowdVariable]: 'yes' },
  })
  child.send({ name, world: { ...world, url: world.url.href } })
  await once(child, 'message')
  return {
    async leave(): Promise<Crowd['counts']> {
      const ended = once(child, 'exit')
      child.send('leave')
      const [counts]: Crowd['counts'][] = await once(child, 'message')
      await ended
      return counts!
    },
  }
}

/** Set for the process of a crowd. */
const crowdVariable = 'BENCH_SLOW_CROWD'

async function beCrowd(): Promise<void> {
  // Whoever has started it may end in any way.
  process.once('disconnect', () => process.exit())
  const [gathered]: Gathered[] = await once(process, 'message')
  const { name, world } = gathered!
  const crowd = await conditions[name]!({ ...world, url: new URL(world.url) })
  process.send!('gathered')
  await once(process, 'message')
  crowd.leave()
  process.send!(crowd.counts, undefined, undefined, () => process.exit())
}

/** The median of the rounds, for a room. */
const of = (values: readonly (readonly number[])[], room: number) =>
  median(values.map((each) => each[room]!))
const ratio = (a = NaN, b = NaN) => (a / b).toFixed(2)

async function measure(world: World): Promise<void> {
  const talks: Talk[] = []
  for (const room of world.rooms) {
    const sockets = room.ordinary.map((user) => opened(open(world, user)))
    talks.push({ room, sockets: await Promise.all(sockets) })
  }
  // What is measured is a server that has warmed up.
  await converse(talks)
  const all = Object.keys(conditions).map((name) => ({
    name,
    p50: [] as number[][],
    p99: [] as number[][],
  }))
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, p50, p99 } of all) {
      const crowd = await gather(name, world)
      const { result, peak, ms } = await watching(world, () => converse(talks))
      const { cut, replayed, resync, refused } = await crowd.leave()
      const { latencies, lateness } = result
      p50.push(latencies.map(median))
      p99.push(latencies.map(p99Of))
      const [busy = [], other = []] = latencies
      say(
        `${round}. ${name.padEnd(22)} busy room p50${column(median(busy))} p99${column(p99Of(busy))}, ` +
          `other room p50${column(median(other))} p99${column(p99Of(other))}, ` +
          `generator late p99${column(p99Of(lateness))}, processor ${percent(ms[0])} server, ` +
          `${percent(ms[1])} database, server ${peak.toFixed(0)} MB, ` +
          `${cut} cut, ${replayed} replayed, ${resync} resync, ${refused} refused`,
      )
      await sleep(3_000)
    }
  }
  say(`medians of ${rounds} rounds:`)
  const medians = all.map(({ name, p50, p99 }) => {
    say(
      `${name.padEnd(25)} busy room p50${column(of(p50, 0))} p99${column(of(p99, 0))}, ` +
        `other room p50${column(of(p50, 1))} p99${column(of(p99, 1))}`,
    )
    return { busy: of(p99, 0), other: of(p99, 1) }
  })
  const [alone, readers, misbehaving] = medians
  say(
    `p99 beside members who misbehave, in the busy room: ${ratio(misbehaving?.busy, readers?.busy)} times that beside ` +
      `as many who read; in the other room: ${ratio(misbehaving?.other, alone?.other)} times that without anybody, ` +
      `${ratio(misbehaving?.other, readers?.other)} times that beside those who read`,
  )
  for (const { sockets } of talks) for (const ws of sockets) ws.terminate()
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

if (process.env[crowdVariable] === undefined) {
  await main()
  process.exit()
} else await beCrowd()
