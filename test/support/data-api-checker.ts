/**
 * What the RDS Data API can carry (AWS: "Limitations of RDS Data API"):
 * parameters are null, boolean, long, double, string or blob, and keep that type, since the Data API
 * lets PostgreSQL infer nothing; results are of a few types.
 */
import { Client, escapeIdentifier } from 'pg'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'

export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const resultTypes = new Set([
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double precision',
  'numeric',
  'text',
  'character varying',
  'uuid',
  'date',
  'time without time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  'json',
  'jsonb',
  'bytea',
  'inet',
])

/** What this process has found fit. Test databases have one schema, and what is fit for it stays fit. */
const fit = new Set<string>()

/** Throws, naming each, when a statement could not go through the Data API as it is. */
export async function checkForDataApi(
  connection: PostgresConnection,
  statements: readonly Statement[],
): Promise<void> {
  const distinct = new Map<string, { sql: string; types: string[] }>()
  const faults: string[] = []
  for (const { sql, parameters } of statements) {
    if (/^(begin|commit|rollback|start transaction)/i.test(sql)) continue
    const types = parameters.map(typeOf)
    const refused = types.find((type) => type.startsWith('!'))
    if (refused) faults.push(`${refused.slice(1)} in: ${sql}`)
    else {
      const key = `${types.join()} ${sql}`
      if (!fit.has(key)) distinct.set(key, { sql, types })
    }
  }
  if (distinct.size === 0 && faults.length === 0) return
  const client = new Client(connection)
  await client.connect()
  try {
    for (const [key, { sql, types }] of distinct) {
      const fault = await findFault(client, sql, types)
      if (fault) faults.push(`${fault} in: ${sql}`)
      else fit.add(key)
    }
  } finally {
    await client.end()
  }
  if (faults.length > 0) throw new Error(`not fit for the Data API:\n${faults.join('\n')}`)
}

/** The type that a parameter has there; what begins with an exclamation mark is refused. */
function typeOf(value: unknown): string {
  if (value === null) return 'unknown'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'text'
  if (Buffer.isBuffer(value)) return 'bytea'
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return 'bigint'
    return Number.isFinite(value) ? 'double precision' : '!a number that is not finite'
  }
  return `!a parameter that is ${Array.isArray(value) ? 'an array' : Object.prototype.toString.call(value)}`
}

/** PostgreSQL itself says whether the statement means anything with parameters of just these types. */
async function findFault(
  client: Client,
  sql: string,
  types: string[],
): Promise<string | undefined> {
  const name = escapeIdentifier('data_api_check')
  const list = types.length > 0 ? `(${types.join(', ')})` : ''
  try {
    await client.query(`prepare ${name} ${list} as ${sql}`)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  try {
    const { rows } = await client.query<{ type: string }>(
      `select unnest(result_types)::text as type from pg_prepared_statements where name = 'data_api_check'`,
    )
    const refused = rows.find(({ type }) => !resultTypes.has(type.replace(/\[\]$/, '')))
    return refused && `a result of type ${refused.type}`
  } finally {
    await client.query(`deallocate ${name}`)
  }
}
