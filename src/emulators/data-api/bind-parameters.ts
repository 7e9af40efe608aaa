import { DataApiError } from './errors.ts'
import type { NumberedStatement } from './named-parameters.ts'
import type { SqlParameter } from './request.ts'

/** A parameter as PostgreSQL gets it: the OID of its type, and its value as text, bytes or null. */
export interface BoundParameter {
  readonly type: number
  readonly value: string | Buffer | null
}

/** OIDs from pg_type.dat. */
const oid = {
  unspecified: 0,
  bool: 16,
  bytea: 17,
  int8: 20,
  text: 25,
  json: 114,
  float8: 701,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  numeric: 1700,
  uuid: 2950,
}
const hinted = {
  DATE: { type: oid.date, format: /^\d{4}-\d\d-\d\d$/ },
  DECIMAL: { type: oid.numeric, format: /^/ },
  JSON: { type: oid.json, format: /^/ },
  TIME: { type: oid.time, format: /^\d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  TIMESTAMP: { type: oid.timestamp, format: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  UUID: { type: oid.uuid, format: /^/ },
}

/**
 * Returns the parameters in the order of the statement's numbers. The kind of a value, or its hint, decides its type.
 * PostgreSQL infers a type only for null.
 */
export function bindParameters(
  { names }: NumberedStatement,
  parameters: readonly SqlParameter[],
): BoundParameter[] {
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  if (given.size < parameters.length) throw invalid('A parameter is given twice')
  const unknown = parameters.find(({ name }) => !names.includes(name))
  if (unknown) throw invalid(`The statement has no parameter: ${unknown.name}`)
  return names.map((name) => {
    const parameter = given.get(name)
    if (!parameter) throw invalid(`Cannot find parameter: ${name}`)
    return bind(parameter)
  })
}

function bind({ name, value, typeHint }: SqlParameter): BoundParameter {
  if (value.isNull) return { type: oid.unspecified, value: null }
  if (value.booleanValue !== undefined) return { type: oid.bool, value: `${value.booleanValue}` }
  if (value.longValue !== undefined) return { type: oid.int8, value: `${value.longValue}` }
  if (value.doubleValue !== undefined) return { type: oid.float8, value: `${value.doubleValue}` }
  if (value.blobValue !== undefined) {
    return { type: oid.bytea, value: Buffer.from(value.blobValue, 'base64') }
  }
  if (value.stringValue === undefined) {
    throw invalid(
      value.arrayValue === undefined
        ? `The value of parameter ${name} is empty`
        : 'Array parameters are not supported.',
    )
  }
  if (!typeHint) return { type: oid.text, value: value.stringValue }
  const { type, format } = hinted[typeHint]
  if (!format.test(value.stringValue)) {
    throw invalid(`The value of parameter ${name} is not in the format of ${typeHint}`)
  }
  return { type, value: value.stringValue }
}

function invalid(message: string): DataApiError {
  return new DataApiError('ValidationException', message)
}
