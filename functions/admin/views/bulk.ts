/** The pages after rows of a list were selected: the question before the action, and its results. */
import type { FieldError } from '../../../src/protocol/errors.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing } from '../html.ts'
import type { AdminPage, Section, PageViewer } from '../layout.ts'
import { messageBox, textArea, textField } from '../parts.ts'
import { bulkWords, countOf, typedFor } from './bulk-words.ts'
import { suspensionHoursField } from './confirm.ts'
import { type BulkAction, bulkButtons, type BulkList, tickPrefix } from './selection.ts'

const sectionOf: Record<BulkList, Section> = {
  users: 'Users',
  rooms: 'Rooms',
  connections: 'Connections',
  reports: 'Reports',
  held: 'Held messages',
}

/** A selected row, with its name and, if it still exists, its link. */
export interface ChosenRow {
  readonly id: string
  readonly label: Html
}

export interface RefusedRow extends ChosenRow {
  readonly why: string
}

export interface Bulk {
  readonly list: BulkList
  readonly action: BulkAction
  /** The query of the list's page where the rows were selected. */
  readonly back: string
}

/** Asks once for all rows. Rows for which the action is not possible are listed, and are not included. */
export function bulkPage(
  { list, action, back }: Bulk,
  rows: readonly ChosenRow[],
  refused: readonly RefusedRow[],
  viewer: PageViewer,
  { draft = {}, errors = [] }: { draft?: Form; errors?: readonly FieldError[] } = {},
): AdminPage {
  const { effect, isBad, reason } = bulkWords[action]
  const button = `${bulkButtons[action]} ${countOf(list, rows.length)}`
  const hint =
    action === 'suspend'
      ? `${rows.length === 1 ? 'The' : 'Each'} user sees this reason. It is also in the audit log.`
      : rows.length === 1
        ? 'For the audit log.'
        : 'The reason is in the audit log, for each of them.'
  return {
    title: rows.length === 0 ? bulkButtons[action] : `${button}?`,
    section: sectionOf[list],
    ...(errors.length > 0 && { status: 400 }),
    body: html`${
      rows.length === 0
        ? html`${messageBox('error', 'This action is not possible for any of the selected rows.')}
          ${refusedList(refused)} ${backLink(list, back)}`
        : html`<p>${effect[rows.length === 1 ? 0 : 1]}</p>
            ${chosenList(rows)} ${refused.length === 0 ? nothing : html`<h2>Not included</h2>`}
            ${refusedList(refused)}
            <form class="narrow apart" method="post" action="/admin/${list}/selected/">
              ${csrfField(viewer.csrf)} ${hiddenFields({ action, back }, rows)}
              ${action === 'suspend' ? suspensionHoursField(draft['hours'] ?? '', errors) : nothing}
              ${
                action === 'delete'
                  ? textField({
                      name: 'typed',
                      label: 'Confirmation',
                      hint: `Type “${typedFor(rows.length)}” to confirm.`,
                      value: draft['typed'] ?? '',
                      errors,
                    })
                  : nothing
              }
              ${
                reason === 'none'
                  ? nothing
                  : textArea({
                      name: 'reason',
                      label: reason === 'needed' ? 'Reason' : 'Reason (optional)',
                      called: 'Reason',
                      hint,
                      value: draft['reason'] ?? '',
                      errors,
                    })
              }
              <div class="buttons">
                <button class="${isBad ? 'primary bad' : 'primary'}">${button}</button>
                <a href="${pathOf(list, back)}">Cancel</a>
              </div>
            </form>`
    }`,
  }
}

/** The results: the rows that are done, the rows that failed, and the rows that are left. */
export function bulkDonePage(
  { list, action, back }: Bulk,
  {
    done,
    failed,
    left,
    stopped,
  }: {
    readonly done: readonly ChosenRow[]
    readonly failed: readonly RefusedRow[]
    readonly left: readonly ChosenRow[]
    /** Why the action stopped early, if not for lack of time. */
    readonly stopped: string | undefined
  },
  /** The admin's answers, for the rows that are left. */
  given: Form,
  viewer: PageViewer,
): AdminPage {
  const { done: words } = bulkWords[action]
  return {
    title: `${bulkButtons[action]}: ${countOf(list, done.length + failed.length + left.length)}`,
    section: sectionOf[list],
    body: html`${
      done.length === 0
        ? nothing
        : messageBox('done', `${countOf(list, done.length)} ${words[done.length === 1 ? 0 : 1]}.`)
    }
    ${
      failed.length === 0
        ? nothing
        : html`${messageBox('error', `The action failed for ${countOf(list, failed.length)}.`)}
          ${refusedList(failed)}`
    }
    ${left.length === 0 ? nothing : goOn({ list, action, back }, left, stopped, given, viewer)}
    ${done.length === 0 ? nothing : html`<h2>Done</h2>`} ${chosenList(done)} ${backLink(list, back)}`,
  }
}

function goOn(
  { list, action, back }: Bulk,
  left: readonly ChosenRow[],
  stopped: string | undefined,
  given: Form,
  viewer: PageViewer,
): Html {
  return html`${messageBox(
      'error',
      stopped === undefined
        ? `There was not enough time. ${countOf(list, left.length)} left.`
        : `The action stopped with ${countOf(list, left.length)} left: ${stopped}.`,
    )}
    <form method="post" action="/admin/${list}/selected/">
      ${csrfField(viewer.csrf)} ${hiddenFields({ action, back }, left)}
      ${Object.entries(given).map(
        ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
      )}
      <button class="primary">Continue with ${countOf(list, left.length)}</button>
    </form>`
}

function hiddenFields(
  { action, back }: Pick<Bulk, 'action' | 'back'>,
  rows: readonly ChosenRow[],
): Html {
  return html`<input type="hidden" name="do" value="${action}" />
    <input type="hidden" name="back" value="${back}" />
    <input type="hidden" name="confirmed" value="yes" />
    ${rows.map(({ id }) => html`<input type="hidden" name="${tickPrefix}${id}" value="yes" />`)}`
}

function chosenList(rows: readonly ChosenRow[]): Html {
  if (rows.length === 0) return nothing
  return html`<ul class="chosen">
    ${rows.map(({ label }) => html`<li>${label}</li>`)}
  </ul>`
}

function refusedList(rows: readonly RefusedRow[]): Html {
  if (rows.length === 0) return nothing
  return html`<ul class="chosen">
    ${rows.map(({ label, why }) => html`<li>${label}: ${why}</li>`)}
  </ul>`
}

function backLink(list: BulkList, back: string): Html {
  return html`<p><a href="${pathOf(list, back)}">Back to the list</a></p>`
}

export function pathOf(list: BulkList, back: string): string {
  return `/admin/${list}/${back === '' ? '' : `?${back}`}`
}
