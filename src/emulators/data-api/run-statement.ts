import { type ClientBase, DatabaseError, type FieldDef, types } from 'pg'
import type { BoundParameter } from './bind-parameters.ts'
import { DataApiError } from './errors.ts'

/** What PostgreSQL gave: rows of the texts of values, in the order of the fields. */
export interface RawResult {
  readonly fields: readonly FieldDef[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly command: string
  readonly rowCount: number
}

/** Runs one statement, with parameters of just these types. */
export async function runStatement(
  client: ClientBase,
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<RawResult> {
  // pg takes from `types` both: the OIDs that it declares the parameters with, as a list, and the
  // parsers of results. "extended" is the protocol that takes one statement at a time.
  const config = {
    text: sql,
    values: parameters.map(({ value }) => value),
    types: Object.assign(
      parameters.map(({ type }) => type),
      { ...types, getTypeParser: () => (text: string) => text },
    ),
    queryMode: 'extended',
    rowMode: 'array' as const,
  }
  try {
    const result = await client.query<(string | null)[]>(config)
    const { fields, rows, command, rowCount } = result
    return { fields, rows, command, rowCount: rowCount ?? 0 }
  } catch (error) {
    throw toDataApiError(error)
  }
}

const SYNTAX_ERROR = '42601'

/** PostgreSQL's error as the service words it: the text of its JDBC driver, and the SQLSTATE. */
export function toDataApiError(error: unknown): unknown {
  if (error instanceof DataApiError) return error
  if (!(error instanceof DatabaseError)) {
    return new DataApiError('DatabaseUnavailableException', 'The connection to the database broke')
  }
  if (error.code === SYNTAX_ERROR && error.message.startsWith('cannot insert multiple commands')) {
    return new DataApiError('ValidationException', "Multistatements aren't supported.")
  }
  const parts = [
    `${error.severity ?? 'ERROR'}: ${error.message}`,
    error.detail && `Detail: ${error.detail}`,
    error.hint && `Hint: ${error.hint}`,
    error.position && `Position: ${error.position}`,
    error.where && `Where: ${error.where}`,
  ]
  return new DataApiError(
    'DatabaseErrorException',
    `${parts.filter((part) => part).join('\n  ')}; SQLState: ${error.code ?? 'XX000'}`,
  )
}
