import * as z from 'zod'
import type { FieldError } from '../../../src/protocol/errors.ts'
import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { selectField, textArea } from '../parts.ts'
import { userActionWords } from './words.ts'

/** The durations of a suspension, in hours. The empty one lasts until an admin ends it. */
export const suspensionHours = ['', '1', '24', '168', '720'] as const
const hoursNames: Record<(typeof suspensionHours)[number], string> = {
  '': 'Until an admin ends it',
  '1': '1 hour',
  '24': '1 day',
  '168': '1 week',
  '720': '30 days',
}

/** When missing or empty, the suspension lasts until an admin ends it. */
export const howLong = z
  .enum(suspensionHours)
  .default('')
  .transform((hours) => (hours === '' ? null : Number(hours)))

export function suspensionHoursField(value: string, errors: readonly FieldError[]): Html {
  return selectField({
    name: 'hours',
    label: 'Duration',
    value,
    options: suspensionHours.map((hours) => [hours, hoursNames[hours]] as const),
    errors,
  })
}

/** Asks an admin to confirm an action and to give a reason. The reason goes into the audit log. */
export function confirmPage(
  user: ShownUser,
  action: UserAction,
  { csrf }: PageViewer,
  {
    draft = {},
    errors = [],
  }: { draft?: Readonly<Record<string, string>>; errors?: readonly FieldError[] } = {},
): AdminPage {
  const { button, effect, isBad } = userActionWords[action]
  return {
    title: `${button}: ${user.username}`,
    section: 'Users',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<p>${effect}</p>
      <form class="narrow" method="post" action="/admin/users/${user.id}/${action}/">
        ${csrfField(csrf)}
        ${action === 'suspend' ? suspensionHoursField(draft['hours'] ?? '', errors) : nothing}
        ${textArea({
          name: 'reason',
          label: needsReason(action) ? 'Reason' : 'Reason (optional)',
          called: 'Reason',
          hint:
            action === 'suspend'
              ? 'The user sees this reason. It is also in the audit log.'
              : 'For the audit log. The user does not see it.',
          value: draft['reason'] ?? '',
          errors,
        })}
        <div class="buttons">
          <button class="${isBad ? 'primary bad' : 'primary'}">${button}</button>
          <a href="/admin/users/${user.id}/">Cancel</a>
        </div>
      </form>`,
  }
}

export function needsReason(action: UserAction): boolean {
  return action === 'suspend'
}
