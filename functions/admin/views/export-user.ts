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
  rooms: 'Rooms that they are in',
  bans: 'Rooms that they are kept out of',
  blocks: 'Users whom they block',
  reports: 'Reports that they made',
  held_messages: 'Messages that wait for an admin',
  notifications: 'Notifications',
  messages: 'Messages that they wrote',
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
          'You get what the user can export themself: profile, sessions, rooms, notifications, and their own messages and reactions, also those in private rooms and direct chats. What others wrote is not in it. The user gets a notice that an admin has exported their data. You can then download it for one hour.',
      },
      reasonLabel: 'Reason',
      reasonHint: 'For the audit log. The user is not told the reason.',
      ...again,
    },
    viewer,
  )
}

interface ShownFile {
  readonly file: ExportFile
  readonly part: number
  readonly until: Date
  /** Where this file begins, and the next one. */
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
            ? 'All of it is in one file.'
            : html`It is too much for one file. This is part
              ${number(part)}${next === null ? ', the last one' : nothing}. Download each part.`
        }
        You can download it until ${time(until)}.
      </p>
      ${table(
        'What is in the file',
        ['What', 'How many'],
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
