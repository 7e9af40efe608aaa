/** The handlers as they run on Lambda, over the local RDS Data API, with a count of their calls to AWS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readLimits } from '../../functions/env.ts'
import { api } from '../../functions/http/app.ts'
import { fanOut, type QueueEvent, type QueueResult } from '../../functions/jobs/fan-out.ts'
import type { FunctionName } from '../../functions/routes.ts'
import { createRuntime } from '../../functions/runtime.ts'
import { readPeer } from '../../functions/viewer.ts'
import { connect } from '../../functions/websocket/connect.ts'
import { disconnect } from '../../functions/websocket/disconnect.ts'
import { handleFrame } from '../../functions/websocket/handle-frame.ts'
import { noOperations, type Operations, type Work } from '../../scripts/costs/operations.ts'
import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { createDataApiDatabase } from '../../src/aws/database.ts'
import { createQueuedFanOut } from '../../src/aws/queued-fan-out.ts'
import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import type { Log, Sender } from '../../src/core/ports.ts'
import { createDataApi } from '../../src/emulators/data-api/data-api.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { address, credentials } from '../support/data-api.ts'
import { listen } from '../support/listen.ts'
import { testKeys } from '../support/chat-server.ts'
import { FifoQueue } from '../support/fifo-queue.ts'
import { httpEvent } from '../support/http-event.ts'

const unitBytes = 32 * 1_024
const idle: Work = { invocations: 0, dataApiCalls: 0, dataApiUnits: 0, posts: 0, postedBytes: 0 }

export interface HttpCall {
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly body?: unknown
}

export interface Lambda extends AsyncDisposable {
  connect(connectionId: string, token: string): Promise<void>
  disconnect(connectionId: string): Promise<void>
  sendFrame(
    connectionId: string,
    frame: { action: string; [field: string]: unknown },
  ): Promise<void>
  /** Returns the answer's body. */
  request(call: HttpCall): Promise<string>
  /** Counts the calls to AWS during `work`, and during the work that empties the queue. */
  measure(work: () => Promise<unknown>): Promise<Operations>
}

export async function startLambda(connection: PostgresConnection): Promise<Lambda> {
  let counted = noOperations
  let running: FunctionName = 'api'
  const count = (more: Partial<Work>) => {
    const before = counted.work[running] ?? idle
    const after = {
      invocations: before.invocations + (more.invocations ?? 0),
      dataApiCalls: before.dataApiCalls + (more.dataApiCalls ?? 0),
      dataApiUnits: before.dataApiUnits + (more.dataApiUnits ?? 0),
      posts: before.posts + (more.posts ?? 0),
      postedBytes: before.postedBytes + (more.postedBytes ?? 0),
    }
    counted = { ...counted, work: { ...counted.work, [running]: after } }
  }
  const countHere = (more: Partial<Omit<Operations, 'work'>>) => {
    for (const [key, value] of Object.entries(more)) {
      counted = { ...counted, [key]: counted[key as keyof typeof more] + value }
    }
  }
  /** Runs one invocation after another, so that each counted call belongs to this function. */
  async function invoke<T>(name: FunctionName, work: () => Promise<T>): Promise<T> {
    running = name
    count({ invocations: 1 })
    return await work()
  }

  const dataApi = createDataApi({ ...address, credentials, connection })
  const listener = await listen((req: IncomingMessage, res: ServerResponse) => {
    const { socket } = req
    const writtenBefore = socket.bytesWritten
    res.on('finish', () => {
      const answered = socket.bytesWritten - writtenBefore
      const bytes = Number(req.headers['content-length']) + answered
      count({ dataApiCalls: 1, dataApiUnits: Math.ceil(bytes / unitBytes) })
    })
    dataApi.handle(req, res)
  })
  const client = createRdsDataClient({
    endpoint: `http://127.0.0.1:${listener.port}`,
    region: 'us-east-1',
    credentials,
  })
  const db = createDataApiDatabase({ ...address, database: connection.database }, { client })
  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message, fields) => {
      throw new Error(message, { cause: fields })
    },
  }
  const sender: Sender = {
    post: async (to, text) => {
      count({ posts: to.length, postedBytes: to.length * Buffer.byteLength(text) })
      return []
    },
    close: async () => [],
  }
  const queue = new FifoQueue()
  const runtime = createRuntime(
    {
      db,
      sender,
      fanOut: createQueuedFanOut(log, queue.url, { client: queue.client }),
      passwords: createPasswordHasher(4),
      keys: async () => testKeys,
      readViewer: readPeer,
      metrics: noMetrics,
      limits: readLimits({}),
      log,
      allowedOrigins: [],
    },
    true,
  )
  const functions = {
    api: api(runtime),
    connect: connect(runtime),
    disconnect: disconnect(runtime),
    sendmessage: handleFrame(runtime),
    frame: handleFrame(runtime),
    worker: fanOut(runtime),
  }

  /** Acts as an event source with batches of one: each message is received and deleted. */
  async function work({ Records }: QueueEvent): Promise<QueueResult> {
    for (const record of Records) {
      countHere({ queueRequests: 2 })
      await invoke('fan-out', () => functions.worker({ Records: [record] }))
    }
    return { batchItemFailures: [] }
  }

  let requests = 0
  const contextOf = (connectionId: string) => ({
    connectionId,
    requestId: `request-${String(++requests).padStart(6, '0')}`,
    identity: { sourceIp: '192.0.2.1' },
  })
  return {
    connect: async (connectionId, token) => {
      countHere({ upgrades: 1 })
      const { statusCode } = await invoke('connect', () =>
        functions.connect({
          requestContext: contextOf(connectionId),
          headers: { 'Sec-WebSocket-Protocol': `quick-connect.v1, ${token}` },
        }),
      )
      if (statusCode !== 200) throw new Error(`refused with ${statusCode}`)
    },
    disconnect: async (connectionId) => {
      await invoke('disconnect', () =>
        functions.disconnect({ requestContext: contextOf(connectionId) }),
      )
    },
    sendFrame: async (connectionId, sent) => {
      const name = sent.action === 'sendmessage' ? 'sendmessage' : 'frame'
      countHere({ framesIn: 1 })
      await invoke(name, () =>
        functions[name]({
          requestContext: contextOf(connectionId),
          body: JSON.stringify(sent),
        }),
      )
    },
    request: async ({ method, path, token, body }) => {
      const [asked = '', query] = path.split('?')
      // In the form in which the CDN passes it on.
      const url = asked.replace(/\/$/, '') + (query === undefined ? '' : `?${query}`)
      const event = httpEvent(method, url, {
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        sourceIp: '192.0.2.1',
        requestId: `request-${++requests}`,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!event) throw new Error(`no route takes ${path}`)
      const answer = await invoke('api', () => functions.api(event))
      if ((answer.statusCode ?? 0) >= 300) throw new Error(`${answer.statusCode}: ${answer.body}`)
      countHere({ httpRequests: 1, httpBytes: Buffer.byteLength(answer.body ?? '') })
      return answer.body ?? ''
    },
    measure: async (doing) => {
      counted = noOperations
      queue.requests.length = 0
      await doing()
      countHere({ queueRequests: queue.requests.length })
      await queue.drain(work)
      return counted
    },
    async [Symbol.asyncDispose]() {
      await db.destroy()
      client.destroy()
      await listener[Symbol.asyncDispose]()
      await dataApi.close()
    },
  }
}
