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
    // Runs one statement after another, because a client has no queue of its own.
    const result = this.#last.then(() => this.#client.query<Row>(sql, parameters))
    this.#last = result.catch(() => undefined)
    return (await result).rows
  }

  /** Returns the server's statements that wait for a lock. */
  async readWaiting(): Promise<string[]> {
    const rows = await this.query<{ query: string }>(
      `select query from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.map(({ query }) => query)
  }

  /** Returns how many of the server's statements wait for a lock. */
  async countWaiting(): Promise<number> {
    return (await this.readWaiting()).length
  }

  /** Resolves when this many statements wait for a lock. */
  async waiting(count: number): Promise<void> {
    await this.until(async () => (await this.countWaiting()) >= count)
  }

  /** Resolves when the server has no statement in its database. */
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

  /** Repeats `look`, with a pause between, so that others can work. */
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

/** Holds rows locked, so that others queue up for them, and then lets all of them go at once. */
export class Barrier implements AsyncDisposable {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  /** `rows` names the rows, such as `rooms where id = $1`. */
  static async hold(
    database: TestDatabase,
    rows: string,
    ...parameters: unknown[]
  ): Promise<Barrier> {
    return await Barrier.doing(database, `select 1 from ${rows} for update`, ...parameters)
  }

  /** Runs a statement in a transaction that `release` commits. */
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

  /** Releases, unless that was done before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end()
  }
}

async function connect({ connection }: TestDatabase): Promise<Client> {
  const client = new Client(connection)
  await client.connect()
  return client
}
