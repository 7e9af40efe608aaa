/**
 * The server of a world: the real handlers of functions/. Each call runs in one of a few execution environments, which
 * share nothing but the database. An environment can be killed at any statement. Its running calls end there.
 */
import { GoneException, LimitExceededException } from '@aws-sdk/client-apigatewaymanagementapi'
import type {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { sql } from 'kysely'
import { readLimits } from '../../functions/env.ts'
import { api } from '../../functions/http/app.ts'
import { createRuntime } from '../../functions/runtime.ts'
import { readPeer } from '../../functions/viewer.ts'
import { connect } from '../../functions/websocket/connect.ts'
import { disconnect } from '../../functions/websocket/disconnect.ts'
import { handleFrame } from '../../functions/websocket/handle-frame.ts'
import { createApiGatewaySender } from '../../src/aws/sender.ts'
import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import type { Db } from '../../src/core/database/database.ts'
import { createInlineFanOut } from '../../src/core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import type { Log, Sender } from '../../src/core/ports.ts'
import { isUnavailable } from '../../src/core/database/unavailable.ts'
import { createGatewaySender } from '../../src/local/server/gateway-sender.ts'
import type { Connections } from '../../src/emulators/api-gateway/connections.ts'
import { httpEvent } from '../support/http-event.ts'
import { type Chance, pick } from '../support/chance.ts'
import type { VirtualClock } from './clock.ts'
import type { SharedDatabase } from './database.ts'
import type { Faults } from './faults.ts'

export const keys = [{ kid: 'faults', secret: 'a secret of the fault tests, 32 bytes' }] as const

const wide = '1000000'
const limits = readLimits({
  REQUESTS_PER_MINUTE: wide,
  REQUESTS_PER_MINUTE_AND_ADDRESS: wide,
  REQUESTS_AT_ONCE: '1000',
  FRAMES_PER_MINUTE: wide,
  CONNECTS_PER_MINUTE: wide,
  MESSAGES_PER_MINUTE: wide,
  REPEATS_PER_MINUTE: wide,
  ROOMS_PER_HOUR: wide,
  ROOM_CHANGES_PER_MINUTE: wide,
  JOINS_PER_MINUTE: wide,
  MEMBER_CHANGES_PER_HOUR: wide,
  SETTINGS_PER_MINUTE: wide,
  LOGINS_PER_MINUTE_AND_ADDRESS: wide,
  REGISTRATIONS_PER_HOUR_AND_ADDRESS: wide,
  REFRESHES_PER_MINUTE_AND_ADDRESS: wide,
  CONNECTIONS_PER_USER: '1000',
})

export const passwords = createPasswordHasher(4)

/** The table of sockets, which the gateway has. */
export type Posts = Pick<Connections, 'post' | 'delete' | 'cut'>

export interface HttpRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Environment {
  isAlive: boolean
  readonly db: Db
  readonly handlers: ReturnType<typeof makeHandlers>
}

type FunctionName = keyof ReturnType<typeof makeHandlers>

export interface ServerOptions {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly faults: Faults
  readonly database: SharedDatabase
  /** The number of environments: 1 is one machine, more are as on Lambda. */
  readonly environments: number
}

class KilledError extends Error {}

/** Statements that change something, or that are the only statement of such a call. */
const changes =
  /\b(?:send_messages|change_message|connect|disconnect|heads|read|mark_read|refresh_session|create_room|charge_caller)_v\d|^\s*(?:insert|update|delete)/i

export class Server {
  /** Errors that a handler logged without a fault as their cause. */
  readonly errors: string[] = []
  /** The number of messages that no client of the library has sent. */
  floods = 0
  /** The users whose rows age with the time of the world. */
  readonly userIds: number[] = []
  /** When rows were aged by hours at once. */
  jumpedAt = -Infinity
  readonly #options: ServerOptions
  readonly #environments: Environment[]
  #posts: Posts | undefined
  #requests = 0
  #pausedUntil = 0
  #agedAt = 0
  #aging: Promise<void> = Promise.resolve()

  constructor(options: ServerOptions) {
    this.#options = options
    const { faults, database } = options
    database.setFaults(() => {
      if (faults.strikes('database resuming')) return { answer: 'DatabaseResumingException' }
      if (faults.strikes('Data API call cut')) return { answer: 'cut' }
      if (faults.strikes('Data API answer cut')) return { answer: 'cut', done: true }
      return undefined
    })
    this.#environments = Array.from({ length: options.environments }, () => this.#makeEnvironment())
  }

  /** Is set later, because the gateway needs the server and the server needs the gateway. */
  set posts(posts: Posts) {
    this.#posts = posts
  }

  /** The database without any fault. */
  get db(): Db {
    return this.#options.database.plain
  }

  /** Makes all connections old enough to be rotated [W8]. */
  makeOld(): void {
    this.#agedAt -= 110 * 60_000
  }

  pauseDatabase(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.now + ms)
  }

  /** Returns undefined when the handler was killed. */
  async http(request: HttpRequest): Promise<HttpAnswer | undefined> {
    const answer = await this.#invoke('api', toEvent(request, ++this.#requests))
    if (answer === undefined || !('statusCode' in answer)) return undefined
    const {
      statusCode = 200,
      headers = {},
      body = '',
    } = answer as Partial<typeof answer> & {
      headers?: Record<string, string>
      body?: string
    }
    return { status: statusCode, headers, body }
  }

  /** Returns the status of $connect, or undefined when the handler was killed. */
  async connect(connectionId: string, protocols: readonly string[]): Promise<number | undefined> {
    await this.#age()
    const answer = await this.#invoke('connect', {
      requestContext: this.#context(connectionId),
      headers: { 'Sec-WebSocket-Protocol': protocols.join(', ') },
    })
    return answer?.statusCode
  }

  /** Returns whether the handler finished. */
  async frame(connectionId: string, body: string): Promise<boolean> {
    await this.#age()
    const name = body.startsWith('{"action":"sendmessage"') ? 'sendmessage' : 'frame'
    const answer = await this.#invoke(name, { requestContext: this.#context(connectionId), body })
    return answer !== undefined
  }

  async disconnect(connectionId: string): Promise<void> {
    await this.#invoke('disconnect', { requestContext: this.#context(connectionId) })
  }

  #context(connectionId: string) {
    const number = String(++this.#requests).padStart(8, '0')
    return {
      connectionId,
      requestId: `request-${number}`,
      identity: { sourceIp: '192.0.2.1' },
    }
  }

  async #invoke<Name extends FunctionName>(
    name: Name,
    event: Parameters<Environment['handlers'][Name]>[0],
  ): Promise<Awaited<ReturnType<Environment['handlers'][Name]>> | undefined> {
    const environment = pick(this.#options.chance, this.#environments)
    const handler = environment.handlers[name] as (
      event: unknown,
    ) => ReturnType<Environment['handlers'][Name]>
    try {
      const value = await handler(event)
      return environment.isAlive ? value : undefined
    } catch (error) {
      if (environment.isAlive) this.#note('a handler threw', error)
      return undefined
    }
  }

  /**
   * Ages rows that follow the database's clock as the world ages. Concurrent calls wait: a connection that is made now
   * must not age by the time before it.
   */
  async #age(): Promise<void> {
    const { now } = this.#options.clock
    const seconds = (now - this.#agedAt) / 1_000
    if (seconds >= 20) {
      this.#agedAt = now
      this.#aging = this.#aging.then(() => this.#makeOlder(seconds))
    }
    await this.#aging
  }

  async #makeOlder(seconds: number): Promise<void> {
    const by = sql`make_interval(secs => cast(${seconds} as double precision))`
    const users = sql`(select cast(value as bigint) from jsonb_array_elements_text(cast(${JSON.stringify(this.userIds)} as jsonb)))`
    await sql`
      with aged as (
        update bans set expires_at = expires_at - ${by} where user_id in ${users} returning 1),
      given as (
        update refresh_tokens t set given_at = t.given_at - ${by}
          from sessions s where s.id = t.session_id and s.user_id in ${users} returning 1)
      update connections set connected_at = connected_at - ${by}, seen_at = seen_at - ${by},
             expires_at = expires_at - ${by} where user_id in ${users}`.execute(this.db)
    if (seconds > 3_600) this.jumpedAt = this.#options.clock.now
  }

  #makeEnvironment(): Environment {
    const environment: Environment = {
      isAlive: true,
      db: this.#options.database.open({
        before: async (statement) => {
          this.#look(environment)
          await this.#awaitDatabase()
          this.#look(environment)
          if (this.#options.faults.strikes('database refused')) throw failure('ECONNREFUSED')
          if (changes.test(statement)) this.#kill(environment, 'handler killed before its commit')
        },
        after: async (statement, isInTransaction) => {
          this.#look(environment)
          if (!isInTransaction && changes.test(statement)) {
            this.#kill(environment, 'handler killed after its commit')
          }
          if (this.#options.faults.strikes('database answer lost')) throw failure('ECONNRESET')
        },
        beforeCommit: async () => {
          this.#look(environment)
          this.#kill(environment, 'handler killed before its commit')
        },
        afterCommit: async () => {
          this.#look(environment)
          this.#kill(environment, 'handler killed after its commit')
          if (this.#options.faults.strikes('database answer lost')) throw failure('ECONNRESET')
        },
      }),
      get handlers() {
        handlers ??= makeHandlers(this.db, sender, log)
        return handlers
      },
    }
    let handlers: ReturnType<typeof makeHandlers> | undefined
    const log: Log = {
      info: () => undefined,
      warn: () => undefined,
      error: (message, fields) => {
        if (environment.isAlive) this.#note(message, fields?.['error'])
      },
    }
    const sender = this.#makeSender(environment, log)
    return environment
  }

  /** The sender of one machine, or the one with an SDK client that stands in for AWS. */
  #makeSender(environment: Environment, log: Log): Sender {
    const guard = () => {
      this.#look(environment)
      this.#kill(environment, 'handler killed before its push')
    }
    const inner =
      this.#options.database.driver === 'pg'
        ? createGatewaySender(
            {
              post: (id, data) => this.#posts!.post(id, data),
              delete: (id) => this.#posts!.delete(id),
              cut: (id) => this.#posts!.cut(id),
              keepsUp: () => true,
            },
            log,
          )
        : createApiGatewaySender({
            client: managementClient(() => this.#posts!),
            log,
            metrics: noMetrics,
          })
    return {
      post: async (ids, data, options) => {
        guard()
        return await inner.post(ids, data, options)
      },
      close: async (ids) => {
        guard()
        return await inner.close(ids)
      },
    }
  }

  async #awaitDatabase(): Promise<void> {
    const { clock } = this.#options
    while (this.#pausedUntil > clock.now) await clock.sleep(this.#pausedUntil - clock.now)
  }

  /** A database that does not answer in time, on a busy machine, is not a failure of a handler, either. */
  #note(message: string, error: unknown): void {
    if (isOurs(error) || isUnavailable(error)) return
    this.errors.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`)
  }

  #look({ isAlive }: Environment): void {
    if (!isAlive) throw new KilledError('this environment was killed')
  }

  #kill(environment: Environment, kind: Parameters<Faults['strikes']>[0]): void {
    if (!environment.isAlive || !this.#options.faults.strikes(kind)) return
    environment.isAlive = false
    this.#environments.splice(this.#environments.indexOf(environment), 1, this.#makeEnvironment())
    throw new KilledError('this environment is killed')
  }
}

/** The error of a driver when the database is not there. */
const failure = (code: string) => Object.assign(new Error(`a fault: ${code}`), { code })

function isOurs(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof KilledError || at.message.includes('fault')) return true
  }
  return false
}

function makeHandlers(db: Db, sender: Sender, log: Log) {
  const runtime = createRuntime({
    db,
    sender,
    fanOut: createInlineFanOut({ db, sender }),
    passwords,
    keys: async () => keys,
    readViewer: readPeer,
    metrics: noMetrics,
    limits,
    log,
    allowedOrigins: [],
  })
  return {
    api: api(runtime),
    connect: connect(runtime),
    disconnect: disconnect(runtime),
    frame: handleFrame(runtime),
    sendmessage: handleFrame(runtime),
  }
}

function toEvent({ method, path, headers, body }: HttpRequest, number: number) {
  const [asked = '', query] = path.split('?')
  // In the form in which the CDN passes it on.
  const url = asked.replace(/\/$/, '') + (query === undefined ? '' : `?${query}`)
  const event = httpEvent(method, url, {
    sourceIp: '192.0.2.1',
    requestId: `request-${number}`,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    }),
    ...(body !== undefined && { body }),
  })
  if (!event) throw new Error(`no route takes ${path}`)
  return event
}

/** The part of the SDK's client that the sender calls. */
function managementClient(posts: () => Posts): ApiGatewayManagementApiClient {
  const $metadata = {}
  const send = async ({ input }: PostToConnectionCommand | DeleteConnectionCommand) => {
    const { ConnectionId = '' } = input
    if ('Data' in input) {
      const result = posts().post(ConnectionId, Buffer.from(input.Data as Uint8Array).toString())
      if (result === 'gone') throw new GoneException({ message: 'gone', $metadata })
      if (result !== 'sent') {
        throw new LimitExceededException({
          message: 'a fault: too many posts',
          $metadata: { httpStatusCode: 429 },
        })
      }
    } else if (posts().delete(ConnectionId) === 'gone') {
      throw new GoneException({ message: 'gone', $metadata })
    }
    return { $metadata }
  }
  return { send } as unknown as ApiGatewayManagementApiClient
}
