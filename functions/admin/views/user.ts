import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { AuditEntry } from '../../../src/core/admin/audit-log.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { Page } from '../layout.ts'
import { fact, message } from '../parts.ts'
import { auditTable } from './audit.ts'
import { statusOf } from './users.ts'
import { userActionWords } from './words.ts'

export function userPage(
  user: ShownUser,
  entries: readonly AuditEntry[],
  done: UserAction | undefined,
): Page {
  return {
    title: user.username,
    section: 'Users',
    body: html`${done === undefined ? nothing : message('done', userActionWords[done].done)}
      <dl class="facts">
        ${user.display_name === null ? nothing : fact('Display name', user.display_name)}
        ${fact('Status', statusOf(user))}
        ${user.suspended_at ? fact('Suspended since', time(user.suspended_at)) : nothing}
        ${fact('Joined', time(user.created_at))} ${fact('Email', emailOf(user))}
        ${fact('Bio', user.bio === '' ? 'None' : written(user.bio))}
        ${fact('Sessions', number(user.sessions))} ${fact('Sockets', number(user.sockets))}
        ${fact('Rooms', number(user.rooms))}
      </dl>
      <h2>Actions</h2>
      <ul class="actions">
        ${actionsFor(user).map(
          (action) =>
            html`<li>
              <a class="button" href="/admin/users/${user.id}/${action}/"
                >${userActionWords[action].button}…</a
              >
            </li>`,
        )}
        <li>
          <a class="button" href="/admin/reports/?user=${user.id}">Reports about them</a>
        </li>
        <li>
          <a class="button" href="/admin/notices/?to=${user.username}">Send a notice…</a>
        </li>
      </ul>
      <h2>What admins did</h2>
      ${
        entries.length === 0
          ? html`<p class="empty">Nothing so far.</p>`
          : auditTable(entries, `What admins did to ${user.username}`)
      }`,
  }
}

function actionsFor(user: ShownUser): UserAction[] {
  return [
    user.suspended_at ? 'reinstate' : 'suspend',
    user.is_admin ? 'unmake_admin' : 'make_admin',
    'end_sessions',
  ]
}

function emailOf({ email, email_verified_at }: ShownUser): Html | string {
  if (email === null) return 'None'
  const proved = email_verified_at ? 'verified' : 'not verified'
  return html`<span class="email">${email}</span> (${proved})`
}
