import type { FieldError } from '../../../src/protocol/errors.ts'
import type { SentNotice } from '../../../src/core/admin/notices.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { faultsOf, message, pager, table, textArea, textField, userLink } from '../parts.ts'

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
    body: html`${isSent ? message('done', 'The notice is on its way.') : nothing}
      <p>A notice comes among the notifications of whom it is for, from no user in particular.</p>
      ${draftForm(viewer, draft, errors)}
      <h2>Sent</h2>
      ${
        list.results.length === 0
          ? html`<p class="empty">None so far.</p>`
          : noticesTable(list.results, viewer)
      }
      ${pager(list)}`,
  }
}

function draftForm({ csrf }: PageViewer, draft: Form, errors: readonly FieldError[]): Html {
  return html`<form class="narrow" method="post" action="/admin/notices/preview/">
    ${csrfField(csrf)}
    <fieldset>
      <legend>For whom</legend>
      ${faultsOf({ name: 'to', label: 'For whom', errors })}
      ${choice('one', 'One user', draft['to'] !== 'all')}
      ${choice('all', 'Everybody', draft['to'] === 'all')}
    </fieldset>
    ${textField({
      name: 'username',
      label: 'Username',
      hint: 'Of the one user.',
      value: draft['username'] ?? '',
      errors,
    })}
    ${textArea({ name: 'text', label: 'Text', value: draft['text'] ?? '', errors })}
    <button class="primary">Look at it first…</button>
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
    ['When', 'By', 'For', 'Reached', 'Text'],
    notices.map((notice) => [
      time(notice.created_at),
      userLink(notice.actor, '–'),
      userLink(notice.subject, 'everybody'),
      html`${number(notice.reached)} ${notice.isDone ? nothing : goOn(notice, viewer)}`,
      written(notice.text),
    ]),
  )
}

/** What one request has no time for. */
function goOn({ id }: SentNotice, { csrf }: PageViewer): Html {
  return html`so far
    <form method="post" action="/admin/notices/${id}/continue/">
      ${csrfField(csrf)}<button>Go on</button>
    </form>`
}
