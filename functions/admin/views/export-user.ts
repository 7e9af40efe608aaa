import type { ExportKind } from '../../../src/protocol/exports.ts'
import type { ExportFile } from '../../../src/core/admin/export-user.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { table } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

const kindNames: Record<ExportKind, string> = {
  profile: 'Profile',
  sessions: 'Sessions',
  rooms: 'Rooms',
  bans: 'Bans from rooms',
  blocks: 'Blocked users',
  reports: 'Reports that they made',
  held_messages: 'Held messages',
  notifications: 'Notifications',
  messages: 'Messages',
  reactions: 'Reactions',
}

export function askExportPage(user: ShownUser, viewer: PageViewer, again?: Again): AdminPage {
  const path = `/admin/users/${user.id}`
  return questionPage(
    {
      title: `Export the data: ${user.username}`,
      section: 'Users',
      action: `${path}/export/`,
      back: `${path}/`,
      words: {
        button: 'Export',
        effect:
          'The export has the data that the user can export themself: the profile, sessions, rooms, notifications, and their own messages and reactions, also those in private rooms and direct chats. It has no messages of other users. The user gets a notice that an admin has exported their data. You can download the export for one hour.',
      },
      reasonLabel: 'Reason',
      reasonHint: 'For the audit log. The user does not see the reason.',
      ...again,
    },
    viewer,
  )
}

interface ShownFile {
  readonly file: ExportFile
  readonly part: number
  readonly until: Date
  /** The cursors of this file and of the next one. */
  readonly here: string | undefined
  readonly next: string | null
}

export function exportFilePage(user: ShownUser, shown: ShownFile): AdminPage {
  const { file, part, until, here, next } = shown
  const path = `/admin/users/${user.id}/export/`
  const isWhole = part === 1 && next === null
  return {
    title: `Data of ${user.username}`,
    section: 'Users',
    body: html`<p>
        ${
          isWhole
            ? 'The export is one file.'
            : html`The export has several files. This is part
              ${number(part)}${next === null ? ', the last one' : nothing}. Download each part.`
        }
        You can download it until ${time(until)}.
      </p>
      ${table(
        'Contents of the file',
        ['Data', 'Number'],
        file.counts.map(([kind, count]) => [kindNames[kind], number(count)]),
      )}
      <ul class="actions">
        <li>
          <a class="button primary" href="${path}file/?${queryOf(here, part)}"
            >Download ${isWhole ? 'the file' : html`part ${number(part)}`}</a
          >
        </li>
        ${
          next === null
            ? nothing
            : html`<li>
                <a class="button" href="${path}?${queryOf(next, part + 1)}" rel="next"
                  >Part ${number(part + 1)} →</a
                >
              </li>`
        }
      </ul>
      <p><a href="/admin/users/${user.id}/">Back to ${user.username}</a></p>`,
  }
}

function queryOf(cursor: string | undefined, part: number): Html | string {
  return new URLSearchParams({
    ...(cursor !== undefined && { cursor }),
    part: String(part),
  }).toString()
}
