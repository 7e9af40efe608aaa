import type { UserSession } from '../../../src/core/admin/user-details.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { address, html, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, nameLink, textArea, textField } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

/** The form for the display name and the bio of a user. */
export function editUserPage(user: ShownUser, viewer: PageViewer, again?: Again): AdminPage {
  const values = again?.draft ?? { display_name: user.display_name ?? '', bio: user.bio }
  const errors = again?.errors ?? []
  return questionPage(
    {
      title: `Edit the profile: ${user.username}`,
      section: 'Users',
      action: `/admin/users/${user.id}/edit/`,
      back: `/admin/users/${user.id}/`,
      words: {
        button: 'Save',
        effect: 'Everybody sees the new display name and bio from now on.',
      },
      fields: html`${textField({
        name: 'display_name',
        label: 'Display name',
        hint: 'Up to 64 characters. Leave it empty to show only the username.',
        value: values['display_name'] ?? '',
        errors,
      })}
      ${textArea({
        name: 'bio',
        label: 'Bio',
        hint: 'Up to 500 characters.',
        value: values['bio'] ?? '',
        errors,
      })}`,
      reasonHint: 'For the audit log. The user does not see it.',
      draft: values,
      errors,
    },
    viewer,
  )
}

export function endSessionPage(
  user: ShownUser,
  session: UserSession,
  viewer: PageViewer,
  again?: Again,
): AdminPage {
  return questionPage(
    {
      title: 'End a session',
      section: 'Users',
      action: `/admin/users/${user.id}/sessions/${session.id}/`,
      back: `/admin/users/${user.id}/`,
      words: {
        button: 'End the session',
        effect: 'The user is logged out on this device at once. They can log in again.',
        isBad: true,
      },
      fields: html`<dl class="facts">
        ${fact('User', nameLink(user.id, user.username, user.display_name))}
        ${fact('Device', session.user_agent ?? 'Unknown')}
        ${fact('Address', address(session.address))} ${fact('Started', time(session.created_at))}
      </dl>`,
      reasonHint: 'For the audit log. The user does not see it.',
      ...again,
    },
    viewer,
  )
}
