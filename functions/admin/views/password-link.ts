import { passwordLinkHours } from '../../../src/protocol/limits.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { html, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { message } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

export function askLinkPage(user: ShownUser, viewer: PageViewer, again?: Again): AdminPage {
  const path = `/admin/users/${user.id}`
  return questionPage(
    {
      title: `Link to set a password: ${user.username}`,
      section: 'Users',
      action: `${path}/password-link/`,
      back: `${path}/`,
      words: {
        button: 'Make the link',
        effect: `The link lets whoever has it set a new password for this user, once, within ${passwordLinkHours} hours. A link that was made before stops working. When the password is set, all sessions of the user end. A suspension stays.`,
      },
      reasonHint: 'For the audit log. The user is not told.',
      ...again,
    },
    viewer,
  )
}

/** Shown once: nobody can look it up later. */
export function linkPage(user: ShownUser, link: string, expiresAt: Date): AdminPage {
  return {
    title: `Link for ${user.username}`,
    section: 'Users',
    body: html`${message('done', 'The link is made. Copy it now: it is not shown again.')}
      <div class="field narrow">
        <label for="link">Link</label>
        <p class="hint" id="link-hint">
          Give it to ${user.username} alone, in a way that you trust. It is good until
          ${time(expiresAt)}, and once.
        </p>
        <textarea id="link" class="copy" rows="3" readonly aria-describedby="link-hint">
${link}</textarea>
      </div>
      <p><a href="/admin/users/${user.id}/">Back to ${user.username}</a></p>`,
  }
}
