/** [C4] Makes links. The lists of the core have cursors. Answers have the paths of other pages instead. */
import { type ExportPosition, writeExportCursor } from '../../src/protocol/exports.ts'
import type { Cursor } from '../../src/protocol/fields.ts'
import type { ListPage } from '../../src/core/paging.ts'
import { type ListRequest, readListPath, readSearch, type RequestContext } from './request.ts'

interface Links {
  next: string | null
  previous: string | null
}

export interface LinkedPage<T> extends Links {
  results: T[]
}

type Key = number | string
type Linked<P> = Omit<P, keyof Links> & Links

/** Makes a page whose links have a cursor, such as `cursor=a123`. */
export function linkList<P extends ListPage<unknown, Key>>(
  { path, query, limit }: Omit<ListRequest<Key>, 'cursor'>,
  page: P,
): Linked<P> {
  return link(page, ({ direction, key }) => {
    const cursor = `${direction === 'after' ? 'a' : 'b'}${key}`
    return pathOf(path, { ...query, limit: String(limit), cursor })
  })
}

/** The same with the path and the query of the request. */
export function linkResults<P extends ListPage<unknown, Key>>(
  c: RequestContext,
  { limit }: { readonly limit: number },
  page: P,
): Linked<P> {
  return linkList({ path: readListPath(c), query: readOwnFilter(c), limit }, page)
}

/** The same for pages that begin at a position in a room's log, such as `after=5`. */
export function linkPositions<P extends ListPage<unknown>>(
  c: RequestContext,
  { limit }: { readonly limit: number },
  page: P,
): Linked<P> {
  const [path, filter] = [readListPath(c), readOwnFilter(c)]
  return link(page, ({ direction, key }) =>
    pathOf(path, { ...filter, limit: String(limit), [direction]: String(key) }),
  )
}

/** [A10] Makes the link to the page of an export that begins at a position. */
export function linkExport(c: RequestContext, next: ExportPosition): string {
  return pathOf(readListPath(c), { cursor: writeExportCursor(next) })
}

const ofOnePage = new Set(['limit', 'cursor', 'after', 'before', 'around'])

/** Returns the query without the parameters that choose the page. */
function readOwnFilter(c: RequestContext): Record<string, string> {
  return Object.fromEntries([...readSearch(c)].filter(([name]) => !ofOnePage.has(name)))
}

function link<P extends ListPage<unknown, Key>>(
  page: P,
  toLink: (cursor: Cursor<Key>) => string,
): Linked<P> {
  const { next, previous } = page
  return { ...page, next: next && toLink(next), previous: previous && toLink(previous) }
}

function pathOf(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`
}
