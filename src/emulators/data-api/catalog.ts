import type { ClientBase, FieldDef } from 'pg'
import { DataApiError } from './errors.ts'

/** The type of a column, from pg_type. */
export interface ResultType {
  readonly name: string
  /** The kind of its values in an answer. */
  readonly kind: 'boolean' | 'long' | 'double' | 'decimal' | 'string' | 'blob'
  readonly isArray: boolean
  /** A constant of java.sql.Types, as `columnMetadata` has it. */
  readonly jdbcType: number
}

const ARRAY = 2003
const VARCHAR = 12
const OTHER = 1111

const supported: Readonly<Record<string, Pick<ResultType, 'kind' | 'jdbcType'>>> = {
  bool: { kind: 'boolean', jdbcType: -7 },
  int2: { kind: 'long', jdbcType: 5 },
  int4: { kind: 'long', jdbcType: 4 },
  int8: { kind: 'long', jdbcType: -5 },
  float4: { kind: 'double', jdbcType: 7 },
  float8: { kind: 'double', jdbcType: 8 },
  numeric: { kind: 'decimal', jdbcType: 2 },
  text: { kind: 'string', jdbcType: VARCHAR },
  varchar: { kind: 'string', jdbcType: VARCHAR },
  date: { kind: 'string', jdbcType: 91 },
  time: { kind: 'string', jdbcType: 92 },
  timestamp: { kind: 'string', jdbcType: 93 },
  timestamptz: { kind: 'string', jdbcType: 93 },
  bytea: { kind: 'blob', jdbcType: -2 },
  uuid: { kind: 'string', jdbcType: OTHER },
  json: { kind: 'string', jdbcType: OTHER },
  jsonb: { kind: 'string', jdbcType: OTHER },
  inet: { kind: 'string', jdbcType: OTHER },
  cidr: { kind: 'string', jdbcType: OTHER },
}

interface TypeRow {
  oid: string
  name: string
  is_enum: boolean
  /** The type of the elements if this is an array. */
  element: string | null
}

interface ColumnRow {
  table: string
  column: number
  table_name: string
  nullable: boolean
  is_identity: boolean
}

/** The table column that a result's column comes from. */
export interface ColumnOrigin {
  readonly tableName: string
  readonly nullable: boolean
  readonly isAutoIncrement: boolean
}

export interface Catalog {
  /** Returns the types of a result's columns. Throws if the Data API does not support one of them. */
  typesOf(client: ClientBase, fields: readonly FieldDef[]): Promise<ResultType[]>
  /** Returns the origin of each column, or undefined if it is not a column of a table. */
  originsOf(client: ClientBase, fields: readonly FieldDef[]): Promise<(ColumnOrigin | undefined)[]>
  /** Forgets all columns, because a statement may have changed them. */
  forgetColumns(): void
}

/** Reads types and columns from a database when they first occur, and keeps them. */
export function createCatalog(): Catalog {
  const types = new Map<number, TypeRow>()
  const columns = new Map<string, ColumnOrigin>()

  return {
    async typesOf(client, fields) {
      const unknown = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !types.has(oid))
      if (unknown.length > 0) {
        for (const row of await readTypes(client, unknown)) types.set(Number(row.oid), row)
      }
      return fields.map(({ dataTypeID }) => toResultType(types.get(dataTypeID)))
    },
    async originsOf(client, fields) {
      const tables = fields
        .filter((field) => field.tableID !== 0 && !columns.has(keyOf(field)))
        .map(({ tableID }) => tableID)
      if (tables.length > 0) {
        for (const row of await readColumns(client, tables)) {
          columns.set(`${row.table} ${row.column}`, {
            tableName: row.table_name,
            nullable: row.nullable,
            isAutoIncrement: row.is_identity,
          })
        }
      }
      return fields.map((field) => columns.get(keyOf(field)))
    },
    forgetColumns: () => columns.clear(),
  }
}

function keyOf({ tableID, columnID }: FieldDef): string {
  return `${tableID} ${columnID}`
}

async function readTypes(client: ClientBase, oids: readonly number[]): Promise<TypeRow[]> {
  const { rows } = await client.query<TypeRow>(
    `select t.oid::text as oid, t.typname as name, coalesce(e.typtype, t.typtype) = 'e' as is_enum,
            e.typname as element
       from pg_type t
       left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
      where t.oid = any ($1::oid[])`,
    [oids],
  )
  return rows
}

async function readColumns(client: ClientBase, tables: readonly number[]): Promise<ColumnRow[]> {
  const { rows } = await client.query<ColumnRow>(
    `select a.attrelid::text as table, a.attnum as column, a.attrelid::regclass::text as table_name,
            not a.attnotnull as nullable, a.attidentity <> '' as is_identity
       from pg_attribute a where a.attrelid = any ($1::oid[]) and a.attnum > 0`,
    [tables],
  )
  return rows
}

function toResultType(row: TypeRow | undefined): ResultType {
  const element = row?.element ?? row?.name ?? 'unknown'
  const isArray = typeof row?.element === 'string'
  // The service fails on this type.
  if (element === 'name') throw new DataApiError('InternalFailure', 'Internal failure')
  const type = row?.is_enum ? { kind: 'string' as const, jdbcType: VARCHAR } : supported[element]
  if (!type) {
    throw new DataApiError(
      'UnsupportedResultException',
      `The result contains the unsupported data type ${element.toUpperCase()}.`,
    )
  }
  return {
    name: row?.name ?? element,
    kind: type.kind,
    isArray,
    jdbcType: isArray ? ARRAY : type.jdbcType,
  }
}
