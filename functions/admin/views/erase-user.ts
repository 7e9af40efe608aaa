import {
  type Erasure,
  erasureCountedTo,
  type ErasureList,
} from '../../../src/core/admin/erase-user.ts'
import type { ShownUser } from '../../../src/core/admin/users.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, messageBox, textField } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'

/** Lists what an erasure deletes and what stays, with numbers. The admin types the username to confirm. */
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
          'The account and everything that the user wrote are deleted. Members see the messages disappear. You cannot undo this.',
        isBad: true,
      },
      fields: html`<h2>What is erased</h2>
        <ul>
          <li>Username, display name, email address, bio and password</li>
          ${line(list.messages, 'message, with its text', 'messages, with their texts')}
          ${line(list.reactions, 'reaction', 'reactions')}
          ${line(list.heldMessages, 'held message', 'held messages')}
          ${line(list.rooms, 'membership: they leave the room', 'memberships: they leave the rooms')}
          ${line(list.sessions, 'session, with its address', 'sessions, with their addresses')}
          ${line(list.notifications, 'notification', 'notifications')}
          ${line(list.blocks, 'block', 'blocks')} ${line(list.bans, 'ban', 'bans')}
          ${line(list.reportsMade, 'report that they made: its text and their name', 'reports that they made: their texts and the user’s name')}
        </ul>
        <h2>What stays</h2>
        <ul>
          <li>
            In the logs of rooms: when user ${user.id} joined, left, wrote and deleted, without a
            name and without a text
          </li>
          <li>
            Messages of other users, also where they quote the user or mention @${user.username}
          </li>
          ${line(list.ownedRooms, 'room that they own: another member becomes the owner', 'rooms that they own: other members become the owners')}
          ${line(list.directChats, 'direct chat, which the other user can still read, without their messages', 'direct chats, which the other users can still read, without their messages')}
          <li>Titles and descriptions of rooms that they created</li>
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
      reasonHint: 'For the audit log, which is not erased. Do not write the user’s name here.',
      draft,
      errors,
    },
    viewer,
  )
}

/** A line such as `3 messages`. Without any, there is no line. */
function line(count: number, one: string, many: string): Html {
  if (count === 0) return nothing
  const more = count >= erasureCountedTo ? ' or more' : ''
  return html`<li>${number(count)}${more} ${count === 1 ? one : many}</li>`
}

/** Shows the progress of an erasure. */
export function erasurePage(erasure: Erasure, { csrf }: PageViewer): AdminPage {
  const { user_id: id, finished_at: finishedAt } = erasure
  return {
    title: `Erased user ${id}`,
    section: 'Users',
    body: html`${
        finishedAt
          ? messageBox('done', 'The user is erased.')
          : messageBox(
              'error',
              'The account is deleted. Some of its messages or reactions are left. Continue here, or wait: the server erases some of them whenever a user logs in.',
            )
      }
      <dl class="facts">
        ${fact('Started', time(erasure.created_at))}
        ${fact('Finished', finishedAt ? time(finishedAt) : 'Not yet')}
        ${fact('Messages erased', number(erasure.messages))}
        ${fact('Reactions erased', number(erasure.reactions))}
      </dl>
      ${
        finishedAt
          ? nothing
          : html`<form method="post" action="/admin/users/${id}/erase/continue/">
              ${csrfField(csrf)}<button class="primary">Continue</button>
            </form>`
      }
      <p><a href="/admin/users/">Back to the users</a></p>`,
  }
}

/** The message about unfinished erasures above the list of users. */
export function unfinishedErasures(erasures: readonly Erasure[]): Html {
  if (erasures.length === 0) return nothing
  return messageBox(
    'error',
    html`These erasures are not complete yet:
    ${erasures.map(
      ({ user_id: id }) => html` <a href="/admin/users/${id}/erase/">erased user ${id}</a>`,
    )}`,
  )
}
