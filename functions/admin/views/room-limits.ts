import type { FieldError } from '../../../src/protocol/errors.ts'
import { messageMaxCodePoints } from '../../../src/protocol/limits.ts'
import type { LimitedRoom } from '../../../src/core/admin/room-limits.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, nothing, number } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox, textField } from '../parts.ts'

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
    section: 'Rooms',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isSaved ? messageBox('done', 'Saved. The limits apply to messages from now on.') : nothing}
      <p>
        These limits apply to each member, also to owners and moderators, in addition to the limits
        of all rooms. Leave a field empty for no limit.
      </p>
      <form class="narrow" method="post" action="/admin/rooms/${room.id}/limits/">
        ${csrfField(csrf)}
        ${textField({
          name: 'text_max',
          label: 'Longest text',
          hint: `In characters, up to ${number(messageMaxCodePoints)}. Longer messages and edits are refused.`,
          value: form['text_max'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        ${textField({
          name: 'count',
          label: 'Messages and edits',
          hint: 'How many one member may send in the time below. More are refused.',
          value: form['count'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        ${textField({
          name: 'seconds',
          label: 'Seconds',
          hint: 'The time for this number of messages and edits.',
          value: form['seconds'] ?? '',
          inputmode: 'numeric',
          errors,
        })}
        <div class="buttons">
          <button class="primary">Save</button>
          <a href="/admin/rooms/${room.id}/">Back to the room</a>
        </div>
      </form>`,
  }
}
