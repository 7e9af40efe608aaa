import type { Cursor } from '../protocol/fields.ts'
import { pageMaxBytes } from '../protocol/limits.ts'

export interface Page<T> {
  results: T[]
  next: string | null
  previous: string | null
}

export interface PageRequest<Key = number> {
  /** The list's own path and other query parameters, for `next` and `previous`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly limit: number
  readonly cursor: Cursor<Key> | undefined
}

/**
 * A page from rows read in the direction of the cursor, one more than the limit if there are more.
 * It also ends early when its results come to 256 KB.
 */
export function toPage<Row, T, Key extends number | string>(
  rows: readonly Row[],
  request: PageRequest<Key>,
  key: (row: Row) => Key,
  render: (row: Row) => T,
): Page<T> {
  const { cursor, limit } = request
  const isBackward = cursor?.direction === 'before'
  const kept = cutToBytes(rows.slice(0, limit).map((row) => ({ key: key(row), item: render(row) })))
  const hasMore = kept.length < rows.length
  if (isBackward) kept.reverse()
  const first = kept.at(0)
  const last = kept.at(-1)
  const link = (direction: 'a' | 'b', at: { key: Key } | undefined) =>
    at ? pagePath(request, `${direction}${at.key}`) : null
  return {
    results: kept.map(({ item }) => item),
    next: isBackward || hasMore ? link('a', last) : null,
    previous: isBackward ? (hasMore ? link('b', first) : null) : cursor ? link('b', first) : null,
  }
}

/** The first of `rows` that come to no more than `maxBytes`, at least one. */
export function cutToBytes<T extends { item: unknown }>(rows: T[], maxBytes = pageMaxBytes): T[] {
  let bytes = 0
  const end = rows.findIndex(({ item }, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return index > 0 && bytes > maxBytes
  })
  return end === -1 ? rows : rows.slice(0, end)
}

function pagePath(
  { path, query, limit }: Pick<PageRequest, 'path' | 'query' | 'limit'>,
  cursor: string,
): string {
  return `${path}?${new URLSearchParams({ ...query, limit: String(limit), cursor }).toString()}`
}
