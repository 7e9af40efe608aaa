import { type RawBuilder, sql } from 'kysely'
import type { Cursor } from '../protocol/fields.ts'
import { pageMaxBytes } from '../protocol/limits.ts'

/** A page of a list, with the cursors of the next and the previous page. A cursor is null if there is no such page. */
export interface ListPage<T, Key = number> {
  results: T[]
  next: Cursor<Key> | null
  previous: Cursor<Key> | null
}

/** The requested page: the one after or before a position, or the first one. */
export interface PageRequest<Key = number> {
  readonly limit: number
  readonly cursor?: Cursor<Key> | undefined
}

/** The parts of a statement that reads the rows of a page (keyset pagination), in the direction of its cursor. */
export interface Seek {
  /** True for the rows after the cursor, in its direction. */
  readonly position: RawBuilder<boolean>
  /** For `order by`. */
  readonly order: RawBuilder<unknown>
  /** For `limit`: one row more than the page has, which shows whether there are more. */
  readonly limit: number
}

/**
 * Seeks in a list that is in the order of `columns`: the name of one column, or the SQL of several. No two rows may be
 * equal in all of them. `valuesOf` returns the values of the columns for the key of a cursor.
 */
export function seek<Key>(
  columns: string | readonly RawBuilder<unknown>[],
  direction: 'asc' | 'desc',
  { cursor, limit }: PageRequest<Key>,
  valuesOf: (key: Key) => readonly unknown[] = (key) => [key],
): Seek {
  const key = typeof columns === 'string' ? [sql.ref(columns)] : columns
  const isAscending = (direction === 'asc') === (cursor?.direction !== 'before')
  return {
    position: cursor
      ? sql`(${sql.join(key)}) ${isAscending ? sql`>` : sql`<`} (${sql.join(valuesOf(cursor.key))})`
      : sql`true`,
    order: sql.join(key.map((column) => sql`${column} ${isAscending ? sql`asc` : sql`desc`}`)),
    limit: limit + 1,
  }
}

/**
 * Reads a list from its first row to its last one, in ascending order, in pages of at most `pageSize` rows. It reads a
 * page when the one before has been used, and none after `endsAt`, a time of `performance.now()`. `read` also gets the
 * key that the page begins after.
 */
export async function* walk<Row, Key>(
  columns: string | readonly RawBuilder<unknown>[],
  read: (seek: Seek, after: Key | undefined) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
  { pageSize, endsAt = Infinity }: { readonly pageSize: number; readonly endsAt?: number },
  valuesOf?: (key: Key) => readonly unknown[],
): AsyncGenerator<readonly Row[]> {
  let cursor: Cursor<Key> | undefined
  while (performance.now() <= endsAt) {
    const rows = await read(
      seek(columns, 'asc', { limit: pageSize, cursor }, valuesOf),
      cursor?.key,
    )
    const page = rows.slice(0, pageSize)
    yield page
    if (rows.length <= pageSize) return
    cursor = { direction: 'after', key: keyOf(page.at(-1)!) }
  }
}

/** The numbers of a key that has several, such as `5-17`. */
export function numbersOf(key: string): number[] {
  return key.split('-').map(Number)
}

/**
 * Makes a page from rows that were read in the direction of the cursor, with one more than the limit if there are more.
 * The page ends earlier if its results would exceed 256 KB.
 */
export function toPage<Row, T, Key extends number | string>(
  rows: readonly Row[],
  { cursor, limit }: PageRequest<Key>,
  keyOf: (row: Row) => Key,
  render: (row: Row) => T,
): ListPage<T, Key> {
  const isBackward = cursor?.direction === 'before'
  const kept = cutToBytes(
    rows.slice(0, limit).map((row) => ({ key: keyOf(row), item: render(row) })),
  )
  const hasMore = kept.length < rows.length
  if (isBackward) kept.reverse()
  return {
    results: kept.map(({ item }) => item),
    next: isBackward || hasMore ? cursorAt('after', kept.at(-1)) : null,
    previous: (isBackward ? hasMore : cursor) ? cursorAt('before', kept.at(0)) : null,
  }
}

function cursorAt<Key>(
  direction: Cursor['direction'],
  row: { readonly key: Key } | undefined,
): Cursor<Key> | null {
  return row ? { direction, key: row.key } : null
}

/** Returns the first rows whose items have at most `maxBytes` together, but at least one row. */
export function cutToBytes<T extends { item: unknown }>(rows: T[], maxBytes = pageMaxBytes): T[] {
  let bytes = 0
  const end = rows.findIndex(({ item }, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return index > 0 && bytes > maxBytes
  })
  return end === -1 ? rows : rows.slice(0, end)
}
