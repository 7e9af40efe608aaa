import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { AuditEntry } from '../../../src/core/admin/audit-log.ts'
import type { ListedCase } from '../../../src/core/admin/reports.ts'
import type { UserRoom, UserSession } from '../../../src/core/admin/user-details.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { address, html, type Html, nothing, number, time, written } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { fact, messageBox, table } from '../parts.ts'
import { auditTable } from './audit.ts'
import { casesTable } from './reports.ts'
import { roleNames } from './room-members.ts'
import { roomLink } from './rooms.ts'
import { statusOf } from './users.ts'
import { userActionWords } from './words.ts'

export function adminUserPage(
  user: ShownUser,
  { sessions, rooms, reports, entries }: Details,
  done: UserAction | 'edit_user' | 'end_session' | undefined,
): AdminPage {
  return {
    title: user.username,
    section: 'Users',
    body: html`${done === undefined ? nothing : messageBox('done', doneOf(done))}
      <dl class="facts">
        ${user.display_name === null ? nothing : fact('Display name', written(user.display_name))}
        ${fact('Status', statusOf(user))}
        ${user.suspended_at ? fact('Suspended since', time(user.suspended_at)) : nothing}
        ${user.suspended_at && user.suspension_reason !== null ? fact('Reason that the user sees', written(user.suspension_reason)) : nothing}
        ${fact('Last active', user.last_active_at ? time(user.last_active_at) : 'Unknown')}
        ${fact('Joined', time(user.created_at))} ${fact('Email', emailOf(user))}
        ${fact('Two-step sign-in', user.has_second_factor ? 'On' : 'Off')}
        ${fact('Bio', user.bio === '' ? 'None' : written(user.bio))}
        ${fact('Sessions', number(user.sessions))}
        ${fact(
          'Connections',
          html`<a href="/admin/connections/?user=${user.username}">${number(user.sockets)}</a>`,
        )}
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
        <li><a class="button" href="/admin/users/${user.id}/edit/">Edit profile…</a></li>
        <li>
          <a class="button" href="/admin/reports/?user=${user.id}">Reports about this user</a>
        </li>
        <li><a class="button" href="/admin/users/${user.id}/export/">Export data…</a></li>
        ${
          user.is_admin
            ? nothing
            : html`<li>
                <a class="button" href="/admin/users/${user.id}/password-link/"
                  >Make a password link…</a
                >
              </li>`
        }
        <li>
          <a class="button" href="/admin/notices/?to=${user.username}">Send a notice…</a>
        </li>
        <li><a class="button bad" href="/admin/users/${user.id}/erase/">Erase…</a></li>
      </ul>
      <h2>Open reports</h2>
      ${
        reports.length === 0
          ? html`<p class="empty">No open reports about this user.</p>`
          : casesTable(reports, { isOpen: true, ofOneUser: true })
      }
      <h2>Sessions</h2>
      ${sessionsTable(user, sessions)}
      <h2>Rooms</h2>
      ${roomsTable(user, rooms)}
      <h2>Actions of admins</h2>
      ${
        entries.length === 0
          ? html`<p class="empty">No actions yet.</p>`
          : auditTable(entries, `Actions of admins on ${user.username}`)
      }`,
  }
}

interface Details {
  readonly sessions: readonly UserSession[]
  readonly rooms: readonly UserRoom[]
  /** The open reports. */
  readonly reports: readonly ListedCase[]
  readonly entries: readonly AuditEntry[]
}

function doneOf(done: UserAction | 'edit_user' | 'end_session'): string {
  if (done === 'edit_user') return 'The profile is saved.'
  if (done === 'end_session') return 'The session has ended.'
  return userActionWords[done].done
}

function sessionsTable({ id, sessions: all }: ShownUser, sessions: readonly UserSession[]): Html {
  if (sessions.length === 0) return html`<p class="empty">No sessions.</p>`
  return html`${table(
    'Sessions',
    ['Device', 'Address', 'Started', 'Last used', 'Actions'],
    sessions.map((session) => [
      session.user_agent ?? 'Unknown',
      address(session.address),
      time(session.created_at),
      time(session.used_at),
      html`<a
        href="/admin/users/${id}/sessions/${session.id}/"
        aria-label="End session ${session.id}"
        >End…</a
      >`,
    ]),
  )}
  ${firstOnly(sessions.length, all)}`
}

function roomsTable({ rooms: all }: ShownUser, rooms: readonly UserRoom[]): Html {
  if (rooms.length === 0) return html`<p class="empty">No rooms.</p>`
  return html`${table(
    'Rooms',
    ['Room', 'Role', 'Joined'],
    rooms.map((room) => [
      html`${room.kind === 'direct' ? 'Direct chat with ' : nothing}${roomLink(room)}`,
      room.kind === 'direct' ? '–' : roleNames[room.role],
      time(room.joined_at),
    ]),
  )}
  ${firstOnly(rooms.length, all)}`
}

function firstOnly(shown: number, all: number): Html {
  if (shown >= all) return nothing
  return html`<p class="hint">The newest ${number(shown)} of ${number(all)} are shown.</p>`
}

function actionsFor(user: ShownUser): UserAction[] {
  return [
    user.suspended_at ? 'reinstate' : 'suspend',
    user.is_admin ? 'unmake_admin' : 'make_admin',
    'end_sessions',
    ...(user.has_second_factor ? (['remove_second_factor'] as const) : []),
  ]
}

function emailOf({ email, email_verified_at }: ShownUser): Html | string {
  if (email === null) return 'None'
  const proved = email_verified_at ? 'verified' : 'not verified'
  return html`<span class="email">${email}</span> (${proved})`
}
