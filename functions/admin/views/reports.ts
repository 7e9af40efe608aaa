import type { ListedCase, ReportFilter } from '../../../src/core/admin/reports.ts'
import type { ReportReason } from '../../../src/protocol/reports.ts'
import type { ReportOutcome } from '../../../src/core/database/report-outcomes.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { pager, selectField, table, userLink } from '../parts.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

export const reasonNames: Record<ReportReason, string> = {
  spam: 'spam',
  harassment: 'harassment',
  hate: 'hate',
  violence: 'violence or threats',
  sexual: 'sexual content',
  other: 'something else',
}

export const outcomeNames: Record<ReportOutcome, string> = {
  dismissed: 'dismissed',
  deleted: 'message deleted',
  suspended: 'user suspended',
}

export function reportsPage(
  list: List<ListedCase>,
  filter: ReportFilter,
  selection: Selection,
): AdminPage {
  const { isOpen, about, subjectId } = filter
  return {
    title: 'Reports',
    section: 'Reports',
    body: html`${nothingChosen(selection)}
      <form class="line" method="get" action="/admin/reports/">
        ${selectField({
          name: 'state',
          label: 'State',
          value: isOpen ? 'open' : 'handled',
          options: [
            ['open', 'Open'],
            ['handled', 'Handled'],
          ],
        })}
        ${selectField({
          name: 'about',
          label: 'About',
          value: about ?? '',
          options: [
            ['', 'All'],
            ['message', 'Messages'],
            ['user', 'Users'],
          ],
        })}
        ${subjectId === undefined ? nothing : html`<input type="hidden" name="user" value="${subjectId}" />`}
        <button>Show</button>
        ${subjectId === undefined ? nothing : html`<a href="/admin/reports/">Reports about everybody</a>`}
      </form>
      <p class="hint">
        Each line has all reports about one message or one user, up to the moment when an admin
        handled them.
      </p>
      ${
        list.results.length === 0
          ? html`<p class="empty">${isOpen ? 'No open reports.' : 'No handled reports yet.'}</p>`
          : isOpen
            ? html`${casesTable(list.results, { isOpen, selection })}
              ${selectionForm('reports', selection)}`
            : casesTable(list.results, { isOpen })
      }
      ${pager(list)}`,
  }
}

export function casesTable(
  cases: readonly ListedCase[],
  {
    isOpen,
    selection,
    ofOneUser = false,
  }: {
    isOpen: boolean
    /** With it, the lines can be selected. */
    selection?: Selection
    /** The page of a user does not repeat the user in each line. */
    ofOneUser?: boolean
  },
): Html {
  return table(
    'Reports',
    [
      ...(selection ? ['Select'] : []),
      'Report',
      ...(ofOneUser ? [] : ['User']),
      'Room',
      'Reasons',
      'Reports',
      isOpen ? 'Since' : 'Handled',
    ],
    cases.map((each) => [
      ...(selection ? [tick(selection, each.id, `report ${each.id}`)] : []),
      html`<a class="whole" href="/admin/reports/${each.id}/"
        >${each.message ? 'A message' : 'A user'}</a
      >`,
      ...(ofOneUser ? [] : [userLink(each.subject, 'nobody')]),
      placeOf(each),
      each.reasons.map((reason) => reasonNames[reason]).join(', ') || '–',
      number(each.reports),
      each.outcome === null
        ? time(each.openedAt)
        : html`${outcomeNames[each.outcome]}, ${time(each.handledAt ?? each.openedAt)}`,
    ]),
  )
}

/** The room of a message. A direct chat has no title of its own. */
export function placeOf({ message }: Pick<ListedCase, 'message'>): Html | string {
  if (!message) return '–'
  const { roomKind, roomTitle } = message
  if (roomKind === 'direct') return 'a direct chat'
  return html`<bdi class="name">${roomTitle}</bdi>${roomKind === 'private' ? ' (private)' : ''}`
}
