import { exportedRowsMax } from '../../../src/core/admin/export-list.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import type { ListRequest } from '../../http/request.ts'
import { html, type Html, nothing, number } from '../html.ts'
import type { AdminPage } from '../layout.ts'

/**
 * The export below a list: its rows as a file, with the filter of the address. A file has a limited number of rows. A
 * longer list is exported in parts: the link leads to the rows after a file, and the next file is exported there.
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
            A file has at most ${number(exportedRowsMax)} rows. If the list is longer, go to
            <a href="${to({ ...here, rest: 'true' })}">the rows after this file</a>, and export
            again there.
          </p>`
    }
    <p class="hint">The audit log records each export.</p>
  </div>`
}

/** Adds the export below the page of a list. */
export function withExport(
  page: AdminPage,
  list: List<unknown>,
  request: ListRequest<number | string>,
): AdminPage {
  return { ...page, body: html`${page.body} ${exportPart(list, request)}` }
}
