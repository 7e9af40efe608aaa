import type { FieldError } from '../../../src/protocol/errors.ts'
import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { csrfField } from '../csrf.ts'
import { html } from '../html.ts'
import type { Page, Viewer } from '../layout.ts'
import { textArea } from '../parts.ts'
import { userActionWords } from './words.ts'

/** Asks whether it is to be done, and why; the reason goes into the audit log. */
export function confirmPage(
  user: ShownUser,
  action: UserAction,
  { csrf }: Viewer,
  {
    reason = '',
    errors = [],
  }: { reason?: string | undefined; errors?: readonly FieldError[] } = {},
): Page {
  const { button, effect } = userActionWords[action]
  return {
    title: `${button}: ${user.username}`,
    section: 'Users',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<p>${effect}</p>
      <form class="narrow" method="post" action="/admin/users/${user.id}/${action}/">
        ${csrfField(csrf)}
        ${textArea({
          name: 'reason',
          label: needsReason(action) ? 'Reason' : 'Reason (may be left out)',
          hint: 'For the audit log. The user is not told.',
          value: reason,
          errors,
        })}
        <div class="buttons">
          <button class="${action === 'suspend' ? 'primary bad' : 'primary'}">${button}</button>
          <a href="/admin/users/${user.id}/">Cancel</a>
        </div>
      </form>`,
  }
}

export function needsReason(action: UserAction): boolean {
  return action === 'suspend'
}
