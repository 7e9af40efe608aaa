import { passwordLinkHours } from '../../../src/protocol/limits.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { html, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

export function askLinkPage(user: ShownUser, viewer: PageViewer, again?: Again): AdminPage {
  const path = `/admin/users/${user.id}`
  return questionPage(
    {
      title: `Make a password link: ${user.username}`,
      section: 'Users',
      action: `${path}/password-link/`,
      back: `${path}/`,
      words: {
        button: 'Make the link',
        effect: `Anybody who has the link can set a new password for this user, once, within ${passwordLinkHours} hours. An earlier link stops working. When the password is set, all sessions of the user end. A suspended user stays suspended.`,
      },
      reasonHint: 'For the audit log. The user does not see it.',
      ...again,
    },
    viewer,
  )
}

/** Shows the link, only once. Nobody can look it up later. */
export function linkPage(user: ShownUser, link: string, expiresAt: Date): AdminPage {
  return {
    title: `Password link for ${user.username}`,
    section: 'Users',
    body: html`${messageBox('done', 'The link is ready. Copy it now: it is not shown again.')}
      <div class="field narrow">
        <label for="link">Link</label>
        <p class="hint" id="link-hint">
          Give it only to ${user.username}, in a secure way. It works once, until
          ${time(expiresAt)}.
        </p>
        <textarea id="link" class="copy" rows="3" readonly aria-describedby="link-hint">
${link}</textarea>
      </div>
      <p><a href="/admin/users/${user.id}/">Back to ${user.username}</a></p>`,
  }
}
