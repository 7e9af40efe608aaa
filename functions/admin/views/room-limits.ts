import type { FieldError } from '../../../src/protocol/errors.ts'
import { messageMaxCodePoints } from '../../../src/protocol/limits.ts'
import type { LimitedRoom } from '../../../src/core/admin/room-limits.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, nothing, number } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { message, textField } from '../parts.ts'

export function roomLimitsPage(
  room: LimitedRoom,
  { csrf }: PageViewer,
  {
    form,
    isSaved = false,
    errors = [],
  }: { form: Form; isSaved?: boolean; errors?: readonly FieldError[] },
): AdminPage {
  const name = room.kind === 'direct' ? 'a direct chat' : room.title
  return {
    title: `Limits of ${name}`,
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isSaved ? message('done', 'Saved. The limits hold for what is sent from now on.') : nothing}
      <p>
        These hold beside the limits of all rooms, for each member, also for the owner and
        moderators. A field that is empty sets no limit.
      </p>
      <form class="narrow" method="post" action="/admin/rooms/${room.id}/limits/">
        ${csrfField(csrf)}
        ${textField({
          name: 'text_max',
          label: 'Longest text',
          hint: `In characters, at most ${number(messageMaxCodePoints)}. Longer messages and edits are refused.`,
          value: form['text_max'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        ${textField({
          name: 'count',
          label: 'Messages and edits',
          hint: 'So many from one member, in the time below. Further ones are refused until it is over.',
          value: form['count'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        ${textField({
          name: 'seconds',
          label: 'Seconds',
          hint: 'In which a member may send so many.',
          value: form['seconds'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        <button class="primary">Save</button>
      </form>`,
  }
}
