import type { ColumnMetadata, ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data'

/**
 * Prepares a result for kysely-data-api, so that it yields the same values as `pg`. The library would read a
 * `timestamp` in the local zone, read an infinite time as null, return bytes as a Uint8Array, and take empty metadata
 * for a result.
 */
export function readAsPg(output: ExecuteStatementCommandOutput): ExecuteStatementCommandOutput {
  const { columnMetadata, records, ...rest } = output
  if (!columnMetadata || columnMetadata.length === 0) return rest
  return {
    ...rest,
    columnMetadata,
    records: (records ?? []).map((record) =>
      record.map((field, i) => readField(field, columnMetadata[i])),
    ),
  }
}

function readField(field: Field, column: ColumnMetadata | undefined): Field {
  if (field.blobValue !== undefined) return { blobValue: Buffer.from(field.blobValue) }
  const type = column?.typeName?.toLowerCase() ?? ''
  if (field.stringValue === undefined || !/^timestamp(tz)?$/.test(type)) return field
  if (field.stringValue === 'infinity') return { doubleValue: Infinity }
  if (field.stringValue === '-infinity') return { doubleValue: -Infinity }
  return type === 'timestamp' ? { stringValue: `${field.stringValue}Z` } : field
}
