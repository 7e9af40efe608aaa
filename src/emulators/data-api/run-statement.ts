import { type ClientBase, DatabaseError, type FieldDef, types } from 'pg'
import type { BoundParameter } from './bind-parameters.ts'
import { DataApiError } from './errors.ts'

/** The result of PostgreSQL. A row has the texts of its values in the order of the fields. */
export interface RawResult {
  readonly fields: readonly FieldDef[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly command: string
  readonly rowCount: number
}

/** Runs one statement. The parameters have exactly these types. */
export async function runStatement(
  client: ClientBase,
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<RawResult> {
  // pg reads two things from `types`: as a list, the OIDs that it declares for the parameters, and the parsers of
  // results. "extended" is the protocol that accepts only one statement at a time.
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

/** Turns PostgreSQL's error into the service's error: the text of its JDBC driver, and the SQLSTATE. */
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
