/** The lists of the admin's pages as CSV files (RFC 4180), in files of a bounded size. */
import type { Cursor } from '../../protocol/fields.ts'
import type { Db } from '../database/database.ts'
import type { ListPage, PageRequest } from '../paging.ts'
import { writeAudit } from './audit-log.ts'
import { csvRow } from './csv.ts'
import { type Admin, lockAdmins } from './session.ts'

/** A file is sent in one answer, which may have at most 6 MB on API Gateway and Lambda. */
export const exportedRowsMax = 5_000
export const exportedMaxBytes = 4_000_000

export const exportedLists = [
  'users',
  'rooms',
  'members',
  'bans',
  'connections',
  'reports',
  'held-messages',
  'notices',
  'announcements',
  'audit-log',
] as const
export type ExportedList = (typeof exportedLists)[number]

/**
 * The name of a column, and the function that makes its cell. Undefined and null become an empty cell. A time is in UTC
 * (ISO 8601).
 */
export type Column<T> = readonly [
  name: string,
  cell: (row: T) => string | number | boolean | Date | null | undefined,
]

export interface ListToExport<T, Key extends number | string> {
  readonly columns: readonly Column<T>[]
  readonly read: (request: PageRequest<Key>) => Promise<ListPage<T, Key>>
  /**
   * Rows that one statement reads. So many of the largest rows must fit into 1 MiB, the size of an answer of the Data
   * API.
   */
  readonly pageSize: number
}

export interface Exported<Key extends number | string> {
  readonly csv: string
  readonly rows: number
  /** Where the next file begins; null if this file contains the end of the list. */
  readonly next: Cursor<Key> | null
}

/**
 * A file of a list, from a position on. It reads page by page, and stops before the file has more than
 * `exportedRowsMax` rows or `exportedMaxBytes` bytes. So it holds only one file in memory.
 */
export async function exportList<T, Key extends number | string>(
  { columns, read, pageSize }: ListToExport<T, Key>,
  from: PageRequest<Key>['cursor'],
): Promise<Exported<Key>> {
  let csv = csvRow(columns.map(([name]) => name))
  let bytes = Buffer.byteLength(csv)
  let rows = 0
  let cursor = from
  while (true) {
    const limit = Math.min(pageSize, exportedRowsMax - rows)
    const page = await read({ limit, cursor })
    const part = page.results
      .map((row) => csvRow(columns.map(([, cell]) => textOf(cell(row)))))
      .join('')
    bytes += Buffer.byteLength(part)
    if (bytes > exportedMaxBytes && cursor) return { csv, rows, next: cursor }
    csv += part
    rows += page.results.length
    if (page.next === null) return { csv, rows, next: null }
    cursor = page.next
    if (rows >= exportedRowsMax) return { csv, rows, next: cursor }
  }
}

function textOf(value: ReturnType<Column<unknown>[1]>): string {
  if (value === null || value === undefined) return ''
  return value instanceof Date ? value.toISOString() : String(value)
}

/**
 * Records in the audit log that an admin has exported rows of a list. It keeps only the names of the filters, because a
 * filter's value may name a person.
 */
export async function recordExport(
  db: Db,
  admin: Admin,
  list: ExportedList,
  of: {
    readonly rows: number
    readonly filters: readonly string[]
    readonly subjectId?: number | undefined
    readonly roomId?: number | undefined
  },
): Promise<void> {
  const { rows, filters, subjectId, roomId } = of
  await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    await writeAudit(trx, admin, {
      action: 'export_list',
      ...(subjectId !== undefined && { subjectId }),
      ...(roomId !== undefined && { roomId }),
      after: { list, rows, ...(filters.length > 0 && { filters: filters.join(', ') }) },
    })
  })
}
