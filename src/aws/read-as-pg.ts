import type { ColumnMetadata, ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data'

/**
 * A result made ready for kysely-data-api, so that what it makes of it is what `pg` gives: it reads a
 * `timestamp` in the local zone and an infinite time as none, gives bytes as a Uint8Array, and takes
 * empty metadata for a result.
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
