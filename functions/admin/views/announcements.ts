import { severity } from '../../../src/protocol/announcements.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import type { ListedAnnouncement } from '../../../src/core/admin/announcements.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { csrfField } from '../csrf.ts'
import { capital } from '../error-page.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox, pager, selectField, table, textArea, textField, userLink } from '../parts.ts'

const severityNames = { info: 'Information', warning: 'Warning', critical: 'Critical' } as const
const stateNames = { planned: 'Planned', shown: 'Current', over: 'Ended' } as const

const doneWords = {
  announce: 'The announcement is published.',
  end: 'The announcement has ended.',
} as const

export function announcementsPage(
  list: List<ListedAnnouncement>,
  viewer: PageViewer,
  {
    done,
    formKey,
    draft = {},
    errors = [],
    conflict,
  }: {
    done?: keyof typeof doneWords | undefined
    formKey: string
    draft?: Form
    errors?: readonly FieldError[]
    /** Why the action is not possible now. */
    conflict?: string | undefined
  },
): AdminPage {
  return {
    title: 'Announcements',
    section: 'Announcements',
    ...(errors.length > 0 && { status: 400 }),
    ...(conflict !== undefined && { status: 409 }),
    body: html`${conflict === undefined ? nothing : messageBox('error', `${capital(conflict)}.`)}
      ${done === undefined ? nothing : messageBox('done', doneWords[done])}
      <p>
        An announcement is a banner on the chat’s page. All signed-in users see it from its
        beginning to its end. You can end it earlier.
      </p>
      ${draftForm(viewer, formKey, draft, errors)}
      <h2>Announcements so far</h2>
      ${
        list.results.length === 0
          ? html`<p class="empty">No announcements yet.</p>`
          : table(
              'Announcements',
              ['Text', 'Severity', 'From', 'Until', 'By', 'State'],
              list.results.map((each) => [
                written(each.text),
                severityNames[each.severity],
                time(each.begins_at),
                time(each.ends_at),
                userLink(each.actor, 'a deleted account'),
                stateOf(each, viewer),
              ]),
            )
      }
      ${pager(list)}`,
  }
}

function stateOf({ id, state }: ListedAnnouncement, { csrf }: PageViewer): Html {
  if (state === 'over') return html`${stateNames[state]}`
  return html`${stateNames[state]}
    <form method="post" action="/admin/announcements/${id}/end/">
      ${csrfField(csrf)}
      <button aria-label="End now: announcement ${id}">End now</button>
    </form>`
}

function draftForm(
  { csrf }: PageViewer,
  formKey: string,
  draft: Form,
  errors: readonly FieldError[],
): Html {
  return html`<form class="narrow" method="post" action="/admin/announcements/">
    ${csrfField(csrf)}
    <input type="hidden" name="key" value="${formKey}" />
    ${textArea({
      name: 'text',
      label: 'Text',
      hint: 'Up to 500 characters.',
      value: draft['text'] ?? '',
      errors,
    })}
    ${selectField({
      name: 'severity',
      label: 'Severity',
      value: draft['severity'] ?? 'info',
      options: severity.options.map((each) => [each, severityNames[each]] as const),
      errors,
    })}
    ${textField({
      name: 'from',
      label: 'From',
      type: 'datetime-local',
      hint: 'In UTC. Leave this empty to begin now.',
      value: draft['from'] ?? '',
      errors,
    })}
    ${textField({
      name: 'until',
      label: 'Until',
      type: 'datetime-local',
      hint: 'In UTC.',
      value: draft['until'] ?? '',
      errors,
    })}
    ${selectField({
      name: 'dismissible',
      label: 'Users can hide it',
      value: draft['dismissible'] ?? 'yes',
      options: [
        ['yes', 'Yes: users can close it'],
        ['no', 'No: it stays until it ends'],
      ],
      errors,
    })}
    <button class="primary">Publish to everybody</button>
  </form>`
}
