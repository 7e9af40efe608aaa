import {
  type Erasure,
  erasureCountedTo,
  type ErasureList,
} from '../../../src/core/admin/erase-user.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, message, textField } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

/** What goes and what stays, with numbers; and the name is typed. */
export function askErasePage(
  user: ShownUser,
  list: ErasureList,
  viewer: PageViewer,
  again?: Again,
): AdminPage {
  const path = `/admin/users/${user.id}`
  const { draft = {}, errors = [] } = again ?? {}
  return questionPage(
    {
      title: `Erase: ${user.username}`,
      section: 'Users',
      action: `${path}/erase/`,
      back: `${path}/`,
      words: {
        button: 'Erase',
        effect:
          'The account is deleted, and what the user wrote is deleted everywhere. Members see the messages go. This cannot be undone.',
        isBad: true,
      },
      fields: html`<h2>What is erased</h2>
        <ul>
          <li>Username, display name, email address, bio and password</li>
          ${line(list.messages, 'message, with its text', 'messages, with their texts')}
          ${line(list.reactions, 'reaction', 'reactions')}
          ${line(list.heldMessages, 'message that waits for an admin', 'messages that wait for an admin')}
          ${line(list.rooms, 'membership: they leave the room', 'memberships: they leave the rooms')}
          ${line(list.sessions, 'session, with its address', 'sessions, with their addresses')}
          ${line(list.notifications, 'notification', 'notifications')}
          ${line(list.blocks, 'block', 'blocks')} ${line(list.bans, 'ban', 'bans')}
          ${line(list.reportsMade, 'report that they made: its text and their name', 'reports that they made: the texts and their name')}
        </ul>
        <h2>What remains</h2>
        <ul>
          <li>
            In the logs of rooms: that user ${user.id} joined, left, wrote and deleted, and when,
            without a name and without a text
          </li>
          <li>
            What others wrote, also where they quote the user or name them as @${user.username}
          </li>
          ${line(list.ownedRooms, 'room that they own: another member follows as its owner', 'rooms that they own: another member follows as the owner')}
          ${line(list.directChats, 'direct chat, for the other one to read, without their messages', 'direct chats, for the others to read, without their messages')}
          <li>Titles and descriptions of rooms that they made</li>
          ${line(list.reportsAbout, 'case of reports about them', 'cases of reports about them')}
          ${line(list.notices, 'notice that admins sent them, in the list of notices', 'notices that admins sent them, in the list of notices')}
          ${line(list.auditEntries, 'entry of the audit log, without their name', 'entries of the audit log, without their name')}
          <li>Backups, until they expire</li>
        </ul>
        ${textField({
          name: 'name',
          label: 'Username',
          hint: `Type ${user.username} to confirm.`,
          value: draft['name'] ?? '',
          errors,
        })}`,
      reasonHint: 'For the audit log, which stays: do not write the name of the user here.',
      draft,
      errors,
    },
    viewer,
  )
}

/** `3 messages`; what there is none of is left out. */
function line(count: number, one: string, many: string): Html {
  if (count === 0) return nothing
  const more = count >= erasureCountedTo ? ' or more' : ''
  return html`<li>${number(count)}${more} ${count === 1 ? one : many}</li>`
}

/** How far an erasure is. */
export function erasurePage(erasure: Erasure, { csrf }: PageViewer): AdminPage {
  const { user_id: id, finished_at: finishedAt } = erasure
  return {
    title: `Erased user ${id}`,
    section: 'Users',
    body: html`${
        finishedAt
          ? message('done', 'The user is erased.')
          : message(
              'error',
              'The account is deleted, and some of its messages or reactions are left. Go on, or leave it to the server: it goes on a little whenever somebody logs in.',
            )
      }
      <dl class="facts">
        ${fact('Begun', time(erasure.created_at))}
        ${fact('Finished', finishedAt ? time(finishedAt) : 'Not yet')}
        ${fact('Messages erased', number(erasure.messages))}
        ${fact('Reactions erased', number(erasure.reactions))}
      </dl>
      ${
        finishedAt
          ? nothing
          : html`<form method="post" action="/admin/users/${id}/erase/continue/">
              ${csrfField(csrf)}<button class="primary">Go on</button>
            </form>`
      }
      <p><a href="/admin/users/">To the users</a></p>`,
  }
}

/** What the list of users says of erasures that are not done. */
export function unfinishedErasures(erasures: readonly Erasure[]): Html {
  if (erasures.length === 0) return nothing
  return message(
    'error',
    html`Not all messages of these are erased yet:
    ${erasures.map(
      ({ user_id: id }) => html` <a href="/admin/users/${id}/erase/">erased user ${id}</a>`,
    )}`,
  )
}
