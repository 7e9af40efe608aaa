/** The selection of rows in a list: the checkboxes, and their form. */
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing } from '../html.ts'
import type { PageViewer } from '../layout.ts'
import { messageBox } from '../parts.ts'

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

/** The lists whose rows can be selected, with the actions on selected rows. */
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

/** The state of the selection on a page of a list. */
export interface Selection {
  readonly viewer: PageViewer
  /** With "all" all rows are selected at first. With "none" the form was just sent without any row. */
  readonly select: 'all' | 'none' | undefined
  /** The query of the page's address, to return to it. */
  readonly query: string
}

const formId = 'selection'
export const tickPrefix = 'select-'

/** The checkbox of a row. It belongs to the form under the table, because a row may have its own forms. */
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

/** The message above a list when no row was selected. */
export function nothingChosen({ select }: Selection): Html {
  return select === 'none'
    ? messageBox('error', 'Nothing is selected. Select rows first, then choose an action.')
    : nothing
}

/** The actions for the selected rows. Each leads to a page that explains it first. */
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
    <span class="buttons" role="group" aria-label="Actions for the selected rows">
      ${bulkActions[list].map(
        (action) => html`<button name="do" value="${action}">${bulkButtons[action]}…</button>`,
      )}
    </span>
  </form>`
}
