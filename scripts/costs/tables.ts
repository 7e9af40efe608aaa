/** Makes the tables of docs/costs.md and docs/deploy.md, in Markdown. */
import { type Costs, costsOf } from './costs.ts'
import { noOperations, type Operations, sum, totalOf } from './operations.ts'
import { hoursOfMonth } from './prices.ts'
import { extrasOfMonth, linesOfIdleMonth } from './stage-costs.ts'

export interface Counted {
  /** One message, by how many members the room has and how many of them are online. */
  readonly messages: readonly {
    readonly members: number
    readonly online: number
    readonly operations: Operations
  }[]
  /** This many messages to a room of a thousand sockets, sent before its workers start to deliver. */
  readonly gathered: readonly { readonly count: number; readonly operations: Operations }[]
  readonly connect: Operations
  readonly hello: Operations
  readonly heads: Operations
  readonly disconnect: Operations
  readonly refresh: Operations
  readonly page: Operations
}

/** [W8] A socket ends after two hours at the latest. The client opens the next one a quarter of an hour earlier. */
const hoursOfSocket = 1.75
const headsOfHour = 12

export function makeTables(counted: Counted): Record<string, string> {
  return {
    operations: operationsTable(counted),
    messages: messagesTable(counted),
    million: millionTable(counted),
    gathered: gatheredTable(counted),
    users: usersTable(counted),
    idle: idleTable(),
    extras: extrasTable(),
  }
}

function operationsTable(counted: Counted): string {
  const rows: [string, Operations][] = [
    ['a socket opens (`$connect`)', counted.connect],
    ['`hello`', counted.hello],
    ['`heads`', counted.heads],
    ['a socket closes (`$disconnect`)', counted.disconnect],
    ['an hour of an idle tab', hourOfIdleTab(counted)],
    ['a token is refreshed', counted.refresh],
    ['a page of 50 messages by HTTP', counted.page],
  ]
  return table(
    ['', 'Lambda', 'Data API', 'frames in', 'frames out', 'HTTP', 'KB out', 'a million of them'],
    rows.map(([what, operations]) => {
      const { invocations, dataApiCalls, posts, postedBytes } = totalOf(operations)
      return [
        what,
        invocations,
        dataApiCalls,
        operations.framesIn,
        posts,
        operations.httpRequests,
        kilobytes(postedBytes + operations.httpBytes),
        dollars(1e6 * costsOf(operations).total),
      ]
    }),
  )
}

function messagesTable({ messages }: Counted): string {
  return table(
    [
      'members',
      'online',
      'Lambda',
      'Data API',
      'its units of 32 KB',
      'frames out',
      'queue',
      'KB out',
    ],
    messages.map(({ members, online, operations }) => {
      const work = totalOf(operations)
      return [
        members,
        online,
        work.invocations,
        work.dataApiCalls,
        work.dataApiUnits,
        work.posts,
        operations.queueRequests,
        kilobytes(work.postedBytes),
      ]
    }),
  )
}

function millionTable({ messages }: Counted): string {
  const columns: [string, (costs: Costs) => number][] = [
    ['frames', (costs) => costs.sockets],
    ['Lambda', (costs) => costs.lambda],
    ['Data API', (costs) => costs.dataApi],
    ['queue', (costs) => costs.queue],
    ['CloudFront', (costs) => costs.transfer],
    ['logs', (costs) => costs.watching],
    ['in all', (costs) => costs.total],
  ]
  return table(
    ['members', 'online', ...columns.map(([name]) => name), 'a million deliveries'],
    messages.map(({ members, online, operations }) => {
      const costs = costsOf(operations)
      return [
        members,
        online,
        ...columns.map(([, of]) => dollars(1e6 * of(costs))),
        dollars((1e6 * costs.total) / online),
      ]
    }),
  )
}

function gatheredTable({ gathered }: Counted): string {
  return table(
    ['messages', 'frames out', 'of which a message', 'Data API', 'a million messages'],
    gathered.map(({ count, operations }) => {
      const { posts, dataApiCalls } = totalOf(operations)
      const cost = dollars((1e6 * costsOf(operations).total) / count)
      return [count, posts, Math.round(posts / count), dataApiCalls, cost]
    }),
  )
}

function usersTable(counted: Counted): string {
  const hour = hourOnline(counted)
  const rows: [string, number][] = [
    ['all the time', hoursOfMonth],
    ['8 hours on 22 days', 8 * 22],
    ['an hour a day', 30],
  ]
  return table(
    ['online', 'hours', 'sockets', 'Lambda', 'Data API', 'HTTP and CloudFront', 'logs', 'in all'],
    rows.map(([what, hours]) => {
      const costs = costsOf(sum([1_000 * hours, hour]))
      return [
        what,
        hours,
        dollars(costs.sockets),
        dollars(costs.lambda),
        dollars(costs.dataApi),
        dollars(costs.http + costs.transfer),
        dollars(costs.watching),
        dollars(costs.total),
      ]
    }),
  )
}

function idleTable(): string {
  const lines = linesOfIdleMonth()
  const total = (of: 'dev' | 'prod') => lines.reduce((all, line) => all + line[of], 0)
  return table(
    ['', 'dev', 'prod'],
    [
      ...lines.map(({ what, dev, prod }) => [what, dollars(dev), dollars(prod)]),
      ['in all', dollars(total('dev')), dollars(total('prod'))],
    ],
  )
}

function extrasTable(): string {
  return table(
    ['', 'a month'],
    extrasOfMonth().map(({ what, cost }) => [what, dollars(cost)]),
  )
}

function hourOfIdleTab({ heads }: Counted): Operations {
  return sum([1, { ...noOperations, connectionMinutes: 60 }], [headsOfHour, heads])
}

/**
 * Returns the operations of one hour online. It includes a share of opening the next socket: a token, `hello`, and
 * `heads` after it.
 */
function hourOnline(counted: Counted): Operations {
  const { connect, hello, heads, disconnect, refresh } = counted
  const part = 1 / hoursOfSocket
  return sum(
    [1, hourOfIdleTab(counted)],
    ...[refresh, connect, hello, heads, disconnect].map((each) => [part, each] as const),
  )
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

type Row = readonly (string | number)[]

function line(cells: Row): string {
  return `| ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |`
}

function dollars(amount: number): string {
  if (amount === 0) return '–'
  if (amount >= 100) return `$${Math.round(amount).toLocaleString('en')}`
  return amount < 0.01 ? `$${amount.toPrecision(1)}` : `$${amount.toFixed(2)}`
}

function kilobytes(bytes: number): string {
  const kilo = bytes / 1_000
  return kilo >= 10 ? Math.round(kilo).toLocaleString('en') : kilo.toFixed(1)
}
