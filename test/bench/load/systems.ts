/** The measured servers: how to start each, how to talk to it, and how to read what it has stored. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import { WebSocket } from 'ws'
import { signAccessToken } from '../../../src/core/identity/access-token.ts'
import { createPasswordHasher } from '../../../src/core/accounts/password-hasher.ts'
import { migrateDatabase } from '../../../src/local/commands/migrate-database.ts'
import { projectRoot } from '../../../src/local/project-root.ts'
import type { Ears, Voice } from './crowd.ts'
import type { PeerName } from './options.ts'
import { schema, tokenOf } from './peers/common.ts'

/** A request that is made repeatedly. */
export interface Call {
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface System {
  readonly name: 'quick-connect' | PeerName
  /** Whether a sender gets a confirmation beside its own copy. */
  readonly acks: boolean
  /**
   * Fills the database that all runs start from: users 1 to 1,000, rooms r1 to r20, and one room with 1,000 messages.
   */
  seed(config: ClientConfig): Promise<void>
  /** The file to run, relative to the project, and its environment. */
  program(config: ClientConfig): { readonly file: string; readonly env: Record<string, string> }
  /** Signs the tokens of users 1 to 1,000, which expire after 15 minutes. */
  signTokens(): void
  join(url: string, user: number, room: string, ears: Ears): Promise<Voice>
  /** The SQL for the texts of each room, in the order of its history. */
  readonly stored: string
  /** `n` counts the requests. They are of ten users, in turns. */
  readonly page: (n: number) => Call
  /** Absent when the server has no passwords. */
  readonly login?: (n: number) => Call
}

/** The keys that the server checks tokens with. */
export const keys = [{ kid: 'bench', secret: 'a secret of the benchmark, of 32 bytes' }] as const
const password = 'a long enough one'
/** A token of the session that has the number of its user. */
export const accessOf = (user: number) => signAccessToken(keys, { userId: user, sessionId: user })

/**
 * Tokens that are signed when the server starts. A client has its token before it talks, so the load must not pay for
 * signing.
 */
function tokensOf(sign: (user: number) => string) {
  let tokens: readonly string[] = []
  return {
    signTokens: () => void (tokens = Array.from({ length: 1_000 }, (_, n) => sign(n + 1))),
    token: (user: number) => tokens[user - 1]!,
  }
}

const own = tokensOf(accessOf)
const ofPeers = tokensOf(tokenOf)

async function open(
  url: string,
  onFrame: (frame: Buffer) => void,
  { protocol, headers }: { protocol?: string; headers?: Record<string, string> } = {},
): Promise<WebSocket> {
  const options = {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    ...(headers && { headers }),
  }
  const socket = new WebSocket(url.replace('http', 'ws'), protocol, options)
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) onFrame(data)
  })
  await once(socket, 'open')
  socket.on('error', () => undefined)
  return socket
}

function voiceOf(socket: WebSocket, encode: (text: string, number: number) => string): Voice {
  return {
    send: (text, number) => socket.send(encode(text, number)),
    close: () => socket.terminate(),
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
  }
}

const many = '1000000'
const limits = Object.fromEntries(
  [
    'CONNECTS_PER_MINUTE',
    'FRAMES_PER_MINUTE',
    'MESSAGES_PER_MINUTE',
    'REFRESHES_PER_MINUTE_AND_ADDRESS',
    'REQUESTS_PER_MINUTE',
    'REQUESTS_PER_MINUTE_AND_ADDRESS',
    'LOGINS_PER_MINUTE_AND_ADDRESS',
    'LOGINS_PER_TEN_MINUTES_AND_ACCOUNT',
  ].map((name) => [name, many]),
)

function countOf(frame: Buffer, text: string): number {
  let count = 0
  for (let at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + 1)) count++
  return count
}

const quickConnect: System = {
  name: 'quick-connect',
  acks: true,
  signTokens: own.signTokens,
  async seed(config) {
    await migrateDatabase(config)
    const hash = await createPasswordHasher().hash(password)
    await query(
      config,
      `with u as (
         insert into users (username, password_hash)
           select 'u' || n, '${hash}' from generate_series(1, 1000) n returning id)
       insert into sessions (user_id, expires_at, refresh_family)
         select id, now() + interval '30 days', 'family ' || id from u order by id;
       insert into rooms (kind, name, title)
         select 'public', 'r' || n, 'Room ' || n from generate_series(1, 20) n;
       insert into rooms (kind, name, title, last_seq, member_count)
         values ('public', 'history', 'History', 1000, 1);
       insert into memberships (room_id, user_id, role) values (21, 1, 'owner');
       insert into messages (room_id, seq, user_id, text, created_at)
         select 21, n, 1 + n % 1000, 'message ' || n || ' ' || repeat('x', 80), now()
           from generate_series(1, 1000) n;
       insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
         select room_id, seq, 'message', created_at, user_id, id from messages`,
    )
  },
  program: ({ host, port, user, password: secret, database }) => ({
    file: 'src/local/commands/run.ts',
    env: {
      PORT: '0',
      ADMIN_PORT: '0',
      DATABASE_URL: '',
      POSTGRES_HOST: String(host),
      POSTGRES_PORT: String(port),
      POSTGRES_USER: String(user),
      POSTGRES_PASSWORD: String(secret),
      POSTGRES_DB: String(database),
      JWT_KEYS: JSON.stringify({ keys }),
      CONNECTIONS_PER_ADDRESS: '20000',
      CONNECTIONS_IN_ALL: '20000',
      NEW_SOCKETS_PER_SECOND: '20000',
      LOG_LEVEL: 'WARN',
      ...limits,
    },
  }),
  async join(url, user, room, { onFrame, onAck }) {
    const acked = '"type":"ack"'
    const socket = await open(
      `${url}/ws/chat/${room}/`,
      (frame) => {
        onAck(countOf(frame, acked))
        onFrame(frame)
      },
      { protocol: 'quick-connect.v1', headers: { authorization: `Bearer ${own.token(user)}` } },
    )
    return voiceOf(socket, (message, number) =>
      JSON.stringify({ action: 'sendmessage', id: `${number}`, client_id: `c${number}`, message }),
    )
  },
  stored: `select r.name as room, m.text from messages m join rooms r on r.id = m.room_id order by r.id, m.seq`,
  page: (n) => ({
    path: '/api/messages/21/?limit=50',
    method: 'GET',
    headers: { authorization: `Bearer ${own.token(1 + (n % 10))}` },
  }),
  login: (n) => ({
    path: '/api/login/',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `u${1 + (n % 1_000)}`, password }),
  }),
}

const peer = {
  signTokens: ofPeers.signTokens,
  seed: async (config: ClientConfig) => void (await query(config, schema)),
  stored: `select r.name as room, m.text from messages m join rooms r on r.id = m.room_id order by r.id, m.id`,
  page: (n: number) =>
    ({
      path: '/page',
      method: 'GET',
      headers: { authorization: `Bearer ${ofPeers.token(1 + (n % 10))}` },
    }) as const,
}

function programOf(file: string) {
  return (config: ClientConfig) => ({
    file: `test/bench/load/peers/${file}`,
    env: { PEER_DATABASE: JSON.stringify(config) },
  })
}

/** This writes Socket.IO's frames by hand, because its client would cost the generator more. */
const socketio: System = {
  ...peer,
  name: 'socketio',
  acks: true,
  program: programOf('socketio.ts'),
  async join(url, user, room, { onFrame, onAck }) {
    const joined = Promise.withResolvers<void>()
    let isIn = false
    const held: Buffer[] = []
    let socket: WebSocket | undefined
    const hear = (frame: Buffer) => {
      const kind = frame.toString('latin1', 0, 2)
      if (!socket) held.push(frame)
      else if (kind === '42') onFrame(frame)
      else if (kind === '43' && isIn) onAck(1)
      else if (kind === '43') {
        isIn = true
        joined.resolve()
      } else if (kind === '40') socket.send(`420${JSON.stringify(['join', room])}`)
      else if (kind.startsWith('2')) socket.send('3')
      else if (kind.startsWith('0'))
        socket.send(`40${JSON.stringify({ token: ofPeers.token(user) })}`)
    }
    socket = await open(`${url}/socket.io/?EIO=4&transport=websocket`, hear)
    // The first frame may come together with the answer to the upgrade.
    held.forEach(hear)
    await joined.promise
    return voiceOf(
      socket,
      (text, number) => `42${number + 1}${JSON.stringify(['message', { room, text }])}`,
    )
  },
}

const wsPg: System = {
  ...peer,
  name: 'ws-pg',
  acks: false,
  program: programOf('ws-pg.ts'),
  async join(url, user, room, { onFrame }) {
    return voiceOf(
      await open(`${url}/?room=${room}&token=${ofPeers.token(user)}`, onFrame),
      (text) => text,
    )
  },
}

export const systems = { 'quick-connect': quickConnect, socketio, 'ws-pg': wsPg } as const

export async function query<Row>(config: ClientConfig, text: string): Promise<Row[]> {
  const client = new Client(config)
  await client.connect()
  try {
    // Several statements return several results.
    const result = await client.query(text)
    return result.rows
  } finally {
    await client.end()
  }
}

export interface Started extends AsyncDisposable {
  readonly url: string
  readonly pid: number
}

const compileCache = join(projectRoot, 'node_modules/.cache/node')

/**
 * Starts a server as a process of its own, and returns it when it listens.
 *
 * @param options.detached whether it gets a session of its own, which Ctrl-C in the terminal does not reach
 */
export async function start(
  system: System,
  config: ClientConfig,
  { detached = false }: { readonly detached?: boolean } = {},
): Promise<Started> {
  system.signTokens()
  const { file, env } = system.program(config)
  const child = spawn(process.execPath, [file], {
    cwd: projectRoot,
    // As run.sh does.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached,
  })
  // When this process ends for any reason, the server ends, too.
  const end = () => void child.kill()
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill()
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
  try {
    const url = await addressOf(child, system.name)
    return { url, pid: child.pid!, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function addressOf(child: ChildProcess, name: string): Promise<string> {
  const found = Promise.withResolvers<string>()
  let text = ''
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString()
    const port = /http:\/\/[\w.]+:(\d+)\s/.exec(text)?.[1]
    if (port !== undefined) found.resolve(`http://127.0.0.1:${port}`)
  })
  child.once('error', found.reject)
  child.once('exit', (code) =>
    found.reject(new Error(`${name} did not start (exit status ${code}): ${text}`)),
  )
  return await found.promise
}
