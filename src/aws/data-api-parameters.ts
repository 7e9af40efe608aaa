import type { SqlParameter } from '@aws-sdk/client-rds-data'
import { PostgresQueryCompiler } from 'kysely'

/** Compiles statements with the Data API's named parameters, `:0`, `:1`, each of a type that it can carry. */
export class DataApiQueryCompiler extends PostgresQueryCompiler {
  protected override appendValue(value: unknown): void {
    const name = String(this.numParameters)
    this.append(`:${name}`)
    this.addParameter({ name, value: toField(value) } satisfies SqlParameter)
  }
}

/**
 * PostgreSQL sees these as bigint, double precision, boolean, text or bytea, and infers nothing. A statement has to
 * cast what it needs in another type. Values that would arrive as something else are refused here.
 */
function toField(value: unknown): NonNullable<SqlParameter['value']> {
  switch (typeof value) {
    case 'boolean':
      return { booleanValue: value }
    case 'string':
      return { stringValue: value }
    case 'number':
      if (Number.isSafeInteger(value)) return { longValue: value }
      if (Number.isFinite(value)) return { doubleValue: value }
      throw refused(`the number ${value}`)
    case 'bigint': {
      const long = Number(value)
      if (Number.isSafeInteger(long)) return { longValue: long }
      throw refused(`a bigint beyond 2^53, ${value}`)
    }
    default:
      if (value === null) return { isNull: true }
      if (value instanceof Uint8Array) return { blobValue: value }
      throw refused(Object.prototype.toString.call(value))
  }
}

function refused(what: string): TypeError {
  return new TypeError(
    `the Data API does not accept this parameter: ${what}; send text, and cast it`,
  )
}
