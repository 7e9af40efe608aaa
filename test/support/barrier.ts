import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import type { TestDatabase } from './database.ts'

/** Sees who waits for whom in a test's database, from outside of its server. */
export class Observer implements AsyncDisposable {
  readonly #client: Client
  #last: Promise<unknown> = Promise.resolve()

  private constructor(client: Client) {
    this.#client = client
  }

  static async of(database: TestDatabase): Promise<Observer> {
    return new Observer(await connect(database))
  }

  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    // One after another: a client has no queue of its own.
    const result = this.#last.then(() => this.#client.query<Row>(sql, parameters))
    this.#last = result.catch(() => undefined)
    return (await result).rows
  }

  /** How many of the server's statements wait for a lock. */
  async countWaiting(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return row!.count
  }

  /** Resolves when so many statements wait for a lock. */
  async waiting(count: number): Promise<void> {
    await this.until(async () => (await this.countWaiting()) >= count)
  }

  /** Resolves when the server asks nothing of its database. */
  async quiet(): Promise<void> {
    await this.until(async () => {
      const rows = await this.query(
        `select 1 from pg_stat_activity
          where datname = current_database() and backend_type = 'client backend'
            and pid <> pg_backend_pid() and state <> 'idle'`,
      )
      return rows.length === 0
    })
  }

  /** Asks again and again, with a breath between for those it waits for. */
  async until(look: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 15_000
    while (!(await look())) {
      if (performance.now() > deadline) {
        const activity = await this.query(
          `select pid, state, wait_event_type, wait_event, pg_blocking_pids(pid) as blocked_by, query
             from pg_stat_activity where datname = current_database() and state <> 'idle'`,
        )
        throw new Error(`it does not come to that; activity: ${JSON.stringify(activity, null, 1)}`)
      }
      await setTimeout(2)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end()
  }
}

/** Holds rows locked, so that whoever needs them queues up, until they are let go all at once. */
export class Barrier implements AsyncDisposable {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  /** `rows` says which: `rooms where id = $1`. */
  static async hold(
    database: TestDatabase,
    rows: string,
    ...parameters: unknown[]
  ): Promise<Barrier> {
    return await Barrier.doing(database, `select 1 from ${rows} for update`, ...parameters)
  }

  /** Does something in a transaction that `release` commits. */
  static async doing(
    database: TestDatabase,
    statement: string,
    ...parameters: unknown[]
  ): Promise<Barrier> {
    const client = await connect(database)
    await client.query('begin')
    await client.query(statement, parameters)
    return new Barrier(client)
  }

  async release(): Promise<void> {
    await this.#client.query('commit')
  }

  /** Lets go, if it was not done before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end()
  }
}

async function connect({ connection }: TestDatabase): Promise<Client> {
  const client = new Client(connection)
  await client.connect()
  return client
}
