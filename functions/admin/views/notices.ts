import type { FieldError } from '../../../src/protocol/errors.ts'
import type { SentNotice } from '../../../src/core/admin/notices.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { faultsOf, messageBox, pager, table, textArea, textField, userLink } from '../parts.ts'

export function noticesPage(
  list: List<SentNotice>,
  viewer: PageViewer,
  {
    isSent = false,
    draft = {},
    errors = [],
  }: { isSent?: boolean; draft?: Form; errors?: readonly FieldError[] },
): AdminPage {
  return {
    title: 'Notices',
    section: 'Notices',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isSent ? messageBox('done', 'The notice is being sent.') : nothing}
      <p>The recipients see a notice in their notifications. It does not name a sender.</p>
      ${draftForm(viewer, draft, errors)}
      <h2>Sent</h2>
      ${
        list.results.length === 0
          ? html`<p class="empty">No notices yet.</p>`
          : noticesTable(list.results, viewer)
      }
      ${pager(list)}`,
  }
}

function draftForm({ csrf }: PageViewer, draft: Form, errors: readonly FieldError[]): Html {
  return html`<form class="narrow" method="post" action="/admin/notices/preview/">
    ${csrfField(csrf)}
    <fieldset>
      <legend>Recipients</legend>
      ${faultsOf({ name: 'to', label: 'Recipients', errors })}
      ${choice('one', 'One user', draft['to'] !== 'all')}
      ${choice('all', 'Everybody', draft['to'] === 'all')}
    </fieldset>
    ${textField({
      name: 'username',
      label: 'Username',
      hint: 'Only for a notice to one user.',
      value: draft['username'] ?? '',
      errors,
    })}
    ${textArea({ name: 'text', label: 'Text', value: draft['text'] ?? '', errors })}
    <button class="primary">Preview…</button>
  </form>`
}

function choice(value: string, label: string, isChosen: boolean): Html {
  return html`<label class="choice"
    ><input type="radio" name="to" value="${value}" ${isChosen ? html`checked` : nothing} />
    ${label}</label
  >`
}

function noticesTable(notices: readonly SentNotice[], viewer: PageViewer): Html {
  return table(
    'Sent',
    ['Time', 'Admin', 'Recipients', 'Reached', 'Text'],
    notices.map((notice) => [
      time(notice.created_at),
      userLink(notice.actor, '–'),
      userLink(notice.subject, 'everybody'),
      html`${number(notice.reached)} ${notice.isDone ? nothing : goOn(notice, viewer)}`,
      written(notice.text),
    ]),
  )
}

/** The button to continue a notice that one request had no time to complete. */
function goOn({ id }: SentNotice, { csrf }: PageViewer): Html {
  return html`so far
    <form method="post" action="/admin/notices/${id}/continue/">
      ${csrfField(csrf)}<button>Continue</button>
    </form>`
}
