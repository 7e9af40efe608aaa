import { exportedRowsMax } from '../../../src/core/admin/export-list.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import type { ListRequest } from '../../http/request.ts'
import { html, type Html, nothing, number } from '../html.ts'
import type { AdminPage } from '../layout.ts'

/**
 * Under a list: its rows as a file, with the filter that is in the address. A file ends after a number of rows. So a
 * longer list is left in parts: one goes to the rows after a file, and takes the next file there.
 */
export function exportPart(
  list: List<unknown>,
  { path, query, cursor }: Pick<ListRequest<number | string>, 'path' | 'query' | 'cursor'>,
): Html {
  if (list.results.length === 0) return nothing
  const isLater = cursor?.direction === 'after'
  const to = (more: Record<string, string>) => {
    const search = new URLSearchParams({ ...query, ...more }).toString()
    return `${path}export/${search === '' ? '' : `?${search}`}`
  }
  const here = isLater ? { cursor: `a${cursor.key}` } : undefined
  return html`<div class="export">
    <p class="buttons">
      ${here ? html`<a class="button" href="${to(here)}">Export as CSV from this page on</a>` : nothing}
      <a class="${here ? 'plain' : 'button'}" href="${to({})}"
        >Export ${here ? 'from the first page on' : 'as CSV'}</a
      >
    </p>
    ${
      list.next === null && !isLater
        ? nothing
        : html`<p class="hint">
            A file has ${number(exportedRowsMax)} rows at most. If the list is longer, go to
            <a href="${to({ ...here, rest: 'true' })}">the rows after this file</a>, and export
            again there.
          </p>`
    }
    <p class="hint">The audit log keeps that you exported it.</p>
  </div>`
}

/** A page of a list, with the list's file under it. */
export function withExport(
  page: AdminPage,
  list: List<unknown>,
  request: ListRequest<number | string>,
): AdminPage {
  return { ...page, body: html`${page.body} ${exportPart(list, request)}` }
}
