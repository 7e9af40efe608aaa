import type { FieldError } from '../../../src/protocol/errors.ts'
import type { ReportOutcome } from '../../../src/core/database/report-outcomes.ts'
import {
  contextEachWay,
  type ContextMessage,
  isContextPublic,
  reportsShown,
  type ShownCase,
} from '../../../src/core/admin/reports.ts'
import { csrfField } from '../csrf.ts'
import { capital } from '../error-page.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, messageBox, table, textArea, userLink } from '../parts.ts'
import { outcomeNames, placeOf, reasonNames } from './reports.ts'

interface ReportView {
  readonly messages: readonly ContextMessage[]
  /** The admin has just opened the messages. */
  readonly isOpened?: boolean
  readonly done?: ReportOutcome | undefined
  readonly reason?: string
  readonly errors?: readonly FieldError[]
}

const doneTexts: Record<ReportOutcome, string> = {
  dismissed: 'Dismissed. The reporters learn that their report was handled.',
  deleted: 'The message is deleted. The reporters learn that their report was handled.',
  suspended: 'The user is suspended. The reporters learn that their report was handled.',
}

export function reportPage(shown: ShownCase, viewer: PageViewer, view: ReportView): AdminPage {
  const { done, errors = [], messages } = view
  const what = shown.message ? 'a message' : 'a user'
  return {
    title: `Report ${shown.id}: ${what}`,
    section: 'Reports',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${done === undefined ? nothing : messageBox('done', doneTexts[done])}
      <dl class="facts">
        ${fact(
          shown.message ? 'Written by' : 'Reported',
          html`${userLink(shown.subject, 'nobody')}
          ${shown.subjectIsSuspended ? html`<span class="tag bad">Suspended</span>` : nothing}`,
        )}
        ${shown.message ? fact('Room', html`${placeOf(shown)}, message ${shown.message.seq}${roomLimits(shown)}`) : nothing}
        ${fact('Since', time(shown.openedAt))} ${fact('Status', statusOf(shown))}
        ${
          shown.othersOpen === 0 || !shown.subject
            ? nothing
            : fact(
                'Other open reports',
                html`<a href="/admin/reports/?user=${shown.subject.id}"
                  >${shown.othersOpen === 100 ? '100+' : number(shown.othersOpen)} about the same
                  user</a
                >`,
              )
        }
      </dl>
      ${shown.message ? contextPart(shown, viewer, messages, view.isOpened ?? false) : nothing}
      <h2>Reporters and reasons</h2>
      ${givenTable(shown)} ${shown.outcome === null ? decisionForm(shown, viewer, view) : nothing}`,
  }
}

function roomLimits({ message: place, roomIsDeleted }: ShownCase): Html {
  return place && !roomIsDeleted
    ? html` (<a href="/admin/rooms/${place.roomId}/limits/">limits of the room</a>)`
    : nothing
}

function statusOf(shown: ShownCase): Html | string {
  if (shown.outcome === null || shown.handledAt === null) return 'Open'
  return html`${capital(outcomeNames[shown.outcome])}, ${time(shown.handledAt)}, by
  ${userLink(shown.handler, 'a deleted account')}`
}

function contextPart(
  shown: ShownCase,
  { csrf }: PageViewer,
  messages: readonly ContextMessage[],
  isOpened: boolean,
): Html {
  return html`<h2>Messages</h2>
    ${
      shown.messageIsDeleted
        ? html`<p>The reported message was deleted.</p>`
        : html`<p class="hint">
            This is the present text of the reported message. The author may have edited it since
            the report.
          </p>`
    }
    ${
      shown.roomIsDeleted
        ? html`<p class="empty">The room was deleted. Its messages cannot be read.</p>`
        : isOpened || isContextPublic(shown)
          ? contextList(messages, shown.message?.seq)
          : shown.outcome === null
            ? html`<p>
                  This room is not public. You can read the reported message, with up to
                  ${contextEachWay} messages before it and ${contextEachWay} after it. The audit log
                  will record this.
                </p>
                <form method="post" action="/admin/reports/${shown.id}/context/">
                  ${csrfField(csrf)}<button>Read the messages</button>
                </form>`
            : html`<p class="empty">
                This room is not public. Its messages are closed again, because the report is
                handled.
              </p>`
    }`
}

function contextList(messages: readonly ContextMessage[], reported: number | undefined): Html {
  return html`<ol class="context" aria-label="Messages">
    ${messages.map(
      ({ seq, author, text, at, editedAt }) =>
        html`<li class="${seq === reported ? 'reported' : 'around'}">
          <p class="hint">
            ${userLink(author, 'a deleted account')}, ${time(at)}${editedAt ? ', edited' : ''}
            ${seq === reported ? html`<span class="tag bad">Reported</span>` : nothing}
          </p>
          <div dir="auto">${text === null ? html`<i>Deleted</i>` : written(text)}</div>
        </li>`,
    )}
  </ol>`
}

function givenTable({ given, reports }: ShownCase): Html {
  const rows = given.map(({ reporter, reason, text, at }) => [
    time(at),
    userLink(reporter, 'a deleted account'),
    reasonNames[reason],
    text === '' ? '–' : written(text),
  ])
  const hidden = reports - given.length
  return html`${table('Reporters and reasons', ['Time', 'Reporter', 'Reason', 'Text'], rows)}
  ${
    hidden > 0
      ? html`<p class="hint">These are the first ${reportsShown} of ${number(reports)} reports.</p>`
      : nothing
  }`
}

interface Choice {
  readonly value: 'dismiss' | 'delete' | 'suspend'
  readonly button: string
  readonly effect: string
  readonly isBad?: boolean
}

function choicesFor(shown: ShownCase): Choice[] {
  const told = 'The reporters learn that it was handled, but not how.'
  const name = shown.subject?.username ?? ''
  const others =
    shown.othersOpen > 0 ? ' All other open reports about this user are closed, too.' : ''
  return [
    {
      value: 'dismiss',
      button: 'Dismiss',
      effect: `The report is closed. The message and the user stay as they are. ${told}`,
    },
    ...(shown.message && !shown.messageIsDeleted && !shown.roomIsDeleted
      ? [
          {
            value: 'delete' as const,
            button: 'Delete the message',
            effect: `The text and the reactions are erased for everybody. You cannot undo this. The members of the room see that you deleted the message. The report is closed. ${told}`,
            isBad: true,
          },
        ]
      : []),
    ...(shown.subjectIsGone
      ? []
      : shown.subjectIsSuspended
        ? [
            {
              value: 'suspend' as const,
              button: 'Close as “user suspended”',
              effect: `${name} is suspended already. The report is closed.${others} ${told}`,
            },
          ]
        : [
            {
              value: 'suspend' as const,
              button: `Suspend ${name}`,
              effect: `The user cannot log in until an admin reinstates them. They see the reason. Their connections close at once. Their messages stay. The report is closed.${others} ${told}`,
              isBad: true,
            },
          ]),
  ]
}

function decisionForm(
  shown: ShownCase,
  { csrf }: PageViewer,
  { reason = '', errors = [] }: ReportView,
): Html {
  return html`<h2>Decision</h2>
    <form method="post" action="/admin/reports/${shown.id}/">
      ${csrfField(csrf)}
      <div class="narrow">
        ${textArea({
          name: 'reason',
          label: 'Reason',
          hint: 'For the audit log. A suspension needs a reason, and the user sees it. For the other actions it is optional.',
          value: reason,
          errors,
        })}
      </div>
      <ul class="choices">
        ${choicesFor(shown).map(
          ({ value, button, effect, isBad }) =>
            html`<li>
              <p id="${value}-effect">${effect}</p>
              <button
                class="${isBad ? 'primary bad' : 'plain'}"
                name="do"
                value="${value}"
                aria-describedby="${value}-effect"
              >
                ${button}
              </button>
            </li>`,
        )}
      </ul>
    </form>`
}
