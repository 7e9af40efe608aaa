/** Rows of a list that are chosen: their ticks, and the form that they belong to. */
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing } from '../html.ts'
import type { PageViewer } from '../layout.ts'
import { message } from '../parts.ts'

export const bulkLists = ['users', 'rooms', 'connections', 'reports', 'held'] as const
export type BulkList = (typeof bulkLists)[number]
export type BulkAction =
  | 'suspend'
  | 'reinstate'
  | 'end_sessions'
  | 'archive'
  | 'restore'
  | 'delete'
  | 'close'
  | 'dismiss'
  | 'publish'
  | 'discard'

/** The lists in which rows can be chosen, with what can be done to these rows. */
export const bulkActions: Record<BulkList, readonly BulkAction[]> = {
  users: ['suspend', 'reinstate', 'end_sessions'],
  rooms: ['archive', 'restore', 'delete'],
  connections: ['close'],
  reports: ['dismiss'],
  held: ['publish', 'discard'],
}
export const bulkButtons: Record<BulkAction, string> = {
  suspend: 'Suspend',
  reinstate: 'Reinstate',
  end_sessions: 'End all sessions',
  archive: 'Archive',
  restore: 'Restore',
  delete: 'Delete',
  close: 'Close',
  dismiss: 'Dismiss',
  publish: 'Publish',
  discard: 'Discard',
}

/** How the rows of a list are chosen on a page of it. */
export interface Selection {
  readonly viewer: PageViewer
  /** All rows are ticked at first; "none": the form has just come without any. */
  readonly select: 'all' | 'none' | undefined
  /** The query of the page's address, so that one comes back to it. */
  readonly query: string
}

const formId = 'selection'
export const tickPrefix = 'select-'

/** The box of a row. It belongs to the form under the table: a row may have forms of its own. */
export function tick({ select }: Selection, id: number | string, label: string): Html {
  return html`<label class="tick"
    ><input
      type="checkbox"
      form="${formId}"
      name="${tickPrefix}${id}"
      value="yes"
      aria-label="Select ${label}"
      ${select === 'all' ? html`checked` : nothing}
  /></label>`
}

/** Says above a list that nothing was chosen. */
export function nothingChosen({ select }: Selection): Html {
  return select === 'none'
    ? message('error', 'Nothing is selected. Tick the rows first, then choose what is to be done.')
    : nothing
}

/** What is done to the ticked rows; nothing happens before a page has said what. */
export function selectionForm(list: BulkList, { viewer, select, query }: Selection): Html {
  const path = `/admin/${list}/`
  const all = new URLSearchParams(query)
  if (select !== 'all') all.set('select', 'all')
  const search = all.toString()
  return html`<form class="selection" id="${formId}" method="post" action="${path}selected/">
    ${csrfField(viewer.csrf)}
    <input type="hidden" name="back" value="${query}" />
    <a href="${path}${search === '' ? '' : `?${search}`}"
      >${select === 'all' ? 'Select none' : 'Select all on this page'}</a
    >
    <span class="buttons" role="group" aria-label="What to do with the selected rows">
      ${bulkActions[list].map(
        (action) => html`<button name="do" value="${action}">${bulkButtons[action]}…</button>`,
      )}
    </span>
  </form>`
}
