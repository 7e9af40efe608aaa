/** The workloads: what is done to a server, and what is measured. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { Crowd, type Faults } from './crowd.ts'
import { cpuSecondsOf, memoryOf } from './meter.ts'
import type { LoadOptions, WorkloadName } from './options.ts'
import { type Call, query, type Started, type System } from './systems.ts'

export interface Target {
  readonly system: System
  readonly server: Started
  readonly postgresPid: number
  readonly config: ClientConfig
  readonly options: LoadOptions
}

export interface Result {
  readonly seconds: number
  /** Messages, requests or sockets per second. */
  readonly perSecond: number
  readonly deliveriesPerSecond?: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Milliseconds of processor time per message, request or socket. */
  readonly serverCpu: number
  readonly postgresCpu: number
  /** The server's memory at the end of the run, in MiB. */
  readonly memory: number
  /** The share of the time in which the generator was busy. Near 1 the generator limits the speed. */
  readonly generatorBusy: number
  readonly faults?: Faults
  /**
   * Places where the history has another message than members received live. This is not a fault if the server promises
   * no order.
   */
  readonly historyDiffers?: number
}

type Workload = (target: Target) => Promise<Result>

interface Counted {
  readonly count: number
  readonly deliveries?: number
  readonly times: readonly number[]
}

/** Does something, and measures what the processes used for it. */
async function meter(
  { server, postgresPid }: Target,
  work: () => Promise<Counted>,
): Promise<Result> {
  const cpu = () => [cpuSecondsOf(server.pid), cpuSecondsOf(postgresPid)] as const
  const before = cpu()
  const busy = performance.eventLoopUtilization()
  const began = performance.now()
  const { count, deliveries, times } = await work()
  const seconds = (performance.now() - began) / 1_000
  const generatorBusy = performance.eventLoopUtilization(busy).utilization
  const after = cpu()
  const sorted = Float64Array.from(times).toSorted()
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return {
    seconds,
    perSecond: count / seconds,
    ...(deliveries !== undefined && { deliveriesPerSecond: deliveries / seconds }),
    p50: at(0.5),
    p99: at(0.99),
    serverCpu: ((after[0] - before[0]) * 1_000) / count,
    postgresCpu: ((after[1] - before[1]) * 1_000) / count,
    memory: memoryOf(server.pid),
    generatorBusy,
  }
}

type Drive = (crowd: Crowd, measure: () => Promise<void>) => Promise<void>

/** Members talk. Then this checks what each of them received, and what is stored. */
async function talk(target: Target, rooms: number, size: number, drive: Drive): Promise<Result> {
  const { system, server, config, options } = target
  const crowd = new Crowd(system.acks)
  try {
    await crowd.join(async (...who) => await system.join(server.url, ...who), rooms, size)
    let measured: Result | undefined
    await drive(crowd, async () => {
      await sleep(1_000)
      measured = await meter(target, async () => {
        const [sent, deliveries] = [crowd.sent, crowd.deliveries]
        crowd.isMeasuring = true
        await sleep(options.seconds * 1_000)
        crowd.isMeasuring = false
        return {
          count: crowd.sent - sent,
          deliveries: crowd.deliveries - deliveries,
          times: crowd.latencies,
        }
      })
    })
    await crowd.settle()
    return { ...measured!, ...(await checked(crowd, system, config)) }
  } finally {
    crowd.close()
  }
}

async function checked(crowd: Crowd, { stored }: System, config: ClientConfig) {
  const rows = await query<{ room: string; text: string }>(config, stored)
  const texts = new Map<string, string[]>()
  for (const { room, text } of rows) {
    const those = texts.get(room) ?? []
    those.push(text)
    texts.set(room, those)
  }
  return { faults: crowd.check(texts), historyDiffers: crowd.historyDiffers(texts) }
}

/** A thousand sockets connect, a hundred at once, to rooms of fifty. Then a message in each room shows who is there. */
async function connects(target: Target): Promise<Result> {
  const { system, server, config } = target
  const crowd = new Crowd(system.acks)
  try {
    const result = await meter(target, async () => {
      const times = await crowd.join(
        async (...who) => await system.join(server.url, ...who),
        20,
        50,
        100,
      )
      return { count: times.length, times }
    })
    for (const member of crowd.some(1)) crowd.send(member)
    await crowd.settle()
    return { ...result, ...(await checked(crowd, system, config)) }
  } finally {
    crowd.close()
  }
}

/** Ten callers make one request at a time each. Every answer has to be right. */
async function call(
  target: Target,
  callOf: (n: number) => Call,
  isRight: (body: string) => boolean,
) {
  const { server, options } = target
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  let n = 0
  const repeat = async (seconds: number) => {
    const times: number[] = []
    const end = performance.now() + seconds * 1_000
    const work = async () => {
      while (performance.now() < end) {
        const began = performance.now()
        const { status, body } = await ask(server.url, callOf(n++), agent)
        if (status !== 200 || !isRight(body)) throw new Error(`answered ${status}: ${body}`)
        times.push(performance.now() - began)
      }
    }
    await Promise.all(Array.from({ length: 10 }, work))
    return { count: times.length, times }
  }
  try {
    // V8 compiles a server's code in its first seconds. The more code there is, the longer that takes.
    await repeat(3)
    return await meter(target, async () => await repeat(options.seconds))
  } finally {
    agent.destroy()
  }
}

async function ask(url: string, { path, method, headers, body }: Call, agent: Agent) {
  return await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function hasFifty(body: string): boolean {
  const page: unknown = JSON.parse(body)
  if (Array.isArray(page)) return page.length === 50
  return body.split('"seq":').length === 51
}

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  W1: async (target) =>
    await talk(target, 1, 2, async (crowd, measure) => await crowd.pingPong(measure)),
  W2: async (target) =>
    await talk(target, 10, 10, async (crowd, measure) => {
      await crowd.closedLoop(crowd.members, measure)
    }),
  W3: async (target) =>
    await talk(target, 1, 200, async (crowd, measure) => {
      await crowd.closedLoop(crowd.some(5), measure)
    }),
  W4: async (target) =>
    await talk(target, 1, 1_000, async (crowd, measure) => await crowd.oneAfterAnother(measure)),
  W5: connects,
  rate: async (target) =>
    await talk(target, 10, 10, async (crowd, measure) => {
      await crowd.openLoop(crowd.members, target.options.rate, measure)
    }),
  page: async (target) => await call(target, target.system.page, hasFifty),
  logins: async (target) =>
    await call(target, target.system.login!, (body) => body.includes('"access"')),
}
