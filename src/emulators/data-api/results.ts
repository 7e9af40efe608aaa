import type { ClientBase } from 'pg'
import type { Catalog, ResultType } from './catalog.ts'
import { DataApiError } from './errors.ts'
import { fieldJson } from './fields.ts'
import type { ExecuteStatementRequest } from './request.ts'
import type { RawResult } from './run-statement.ts'

const ROW_BYTES = 64 * 1024
const RESPONSE_BYTES = 1024 * 1024
const FORMATTED_BYTES = 10 * 1024 * 1024

type ResultOptions = Pick<
  ExecuteStatementRequest,
  'formatRecordsAs' | 'includeResultMetadata' | 'resultSetOptions'
>

/** Returns the JSON of ExecuteStatement's answer. */
export async function resultJson(
  client: ClientBase,
  catalog: Catalog,
  result: RawResult,
  options: ResultOptions,
): Promise<string> {
  if (!/^(SELECT|INSERT|UPDATE|DELETE|MERGE)$/.test(result.command)) catalog.forgetColumns()
  if (result.fields.length === 0) {
    const isChange = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(result.command)
    const updated = isChange ? result.rowCount : 0
    return `{"generatedFields":[],"numberOfRecordsUpdated":${updated}}`
  }
  const types = await catalog.typesOf(client, result.fields)
  if (result.rows.some((row) => bytesOf(row) > ROW_BYTES)) {
    throw new DataApiError('DatabaseErrorException', 'Packet for query is too large')
  }
  if (options.formatRecordsAs === 'JSON') return formattedJson(result, types)

  const returned = {
    longs: options.resultSetOptions?.longReturnType ?? ('LONG' as const),
    decimals: options.resultSetOptions?.decimalReturnType ?? ('STRING' as const),
  }
  const records = result.rows.map(
    (row) => `[${row.map((text, i) => fieldJson(types[i]!, text, returned)).join()}]`,
  )
  const metadata = options.includeResultMetadata
    ? `"columnMetadata":${JSON.stringify(await columnMetadata(client, catalog, result, types))},`
    : ''
  return limited(
    `{${metadata}"numberOfRecordsUpdated":0,"records":[${records.join()}]}`,
    RESPONSE_BYTES,
  )
}

function bytesOf(row: readonly (string | null)[]): number {
  return row.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), 0)
}

function limited(json: string, bytes: number): string {
  if (Buffer.byteLength(json) <= bytes) return json
  throw new DataApiError(
    'DatabaseErrorException',
    'Database returned more than the allowed response size limit',
  )
}

/** For `formatRecordsAs: JSON`: returns all records as one text, which is a JSON array of objects. */
function formattedJson({ command, fields, rows }: RawResult, types: readonly ResultType[]): string {
  if (command !== 'SELECT') {
    throw new DataApiError('ValidationException', 'formatRecordsAs JSON is for SELECT alone')
  }
  const names = fields.map(({ name }) => JSON.stringify(name))
  if (new Set(names).size < names.length) {
    throw new DataApiError('ValidationException', 'formatRecordsAs JSON needs unique column names')
  }
  const returned = { longs: 'LONG', decimals: 'DOUBLE_OR_LONG' } as const
  const objects = rows.map((row) => {
    const members = row.map((text, i) => {
      if (text === null) return `${names[i]}:null`
      // Takes the value out of its Field. For an array, takes the list out of its kind too.
      const json = fieldJson(types[i]!, text, returned).replace(/^\{"\w+":(.*)\}$/s, '$1')
      return `${names[i]}:${types[i]!.isArray ? json.replace(/^\{"\w+":(.*)\}$/s, '$1') : json}`
    })
    return `{${members.join()}}`
  })
  const formatted = JSON.stringify(`[${objects.join()}]`)
  return limited(`{"formattedRecords":${formatted},"numberOfRecordsUpdated":0}`, FORMATTED_BYTES)
}

async function columnMetadata(
  client: ClientBase,
  catalog: Catalog,
  { fields }: RawResult,
  types: readonly ResultType[],
) {
  const origins = await catalog.originsOf(client, fields)
  return fields.map(({ name, dataTypeSize }, i) => {
    const type = types[i]!
    const origin = origins[i]
    return {
      name,
      label: name,
      type: type.jdbcType,
      typeName: type.name,
      schemaName: '',
      tableName: origin?.tableName ?? '',
      isAutoIncrement: origin?.isAutoIncrement ?? false,
      isSigned: ['long', 'double', 'decimal'].includes(type.kind),
      isCurrency: false,
      isCaseSensitive: type.kind === 'string',
      // The values of java.sql.ResultSetMetaData: 0 is no, 1 is yes, 2 is unknown.
      nullable: origin ? Number(origin.nullable) : 2,
      precision: Math.max(0, dataTypeSize),
      scale: 0,
      arrayBaseColumnType: 0,
    }
  })
}
