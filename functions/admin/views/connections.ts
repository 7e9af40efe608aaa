import type { ListedConnection } from '../../../src/core/admin/connections.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { address, html, type Html, nothing, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, messageBox, nameLink, pager, table, textField } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'
import { roomLink } from './rooms.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

export function connectionsPage(
  list: List<ListedConnection>,
  {
    user,
    isClosed,
    errors = [],
  }: { user?: string | undefined; isClosed: boolean; errors?: readonly FieldError[] },
  selection: Selection,
): AdminPage {
  return {
    title: 'Connections',
    section: 'Connections',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isClosed ? messageBox('done', 'The connection is closed.') : nothing}
      ${nothingChosen(selection)}
      <form class="line" method="get" action="/admin/connections/" role="search">
        ${textField({ name: 'user', label: 'Username', value: user ?? '', errors })}
        <button>Show</button>
        ${user === undefined ? nothing : html`<a href="/admin/connections/">All connections</a>`}
      </form>
      ${
        errors.length > 0
          ? nothing
          : list.results.length === 0
            ? html`<p class="empty">
                ${user === undefined ? 'Nobody is connected.' : `${user} is not connected.`}
              </p>`
            : html`${table(
                'Connections',
                ['Select', 'User', 'Room', 'Address', 'Since', 'Actions'],
                list.results.map((connection) => [
                  tick(selection, connection.id, `the connection of ${connection.username}`),
                  nameLink(connection.user_id, connection.username, connection.display_name),
                  roomOf(connection),
                  address(connection.address),
                  time(connection.connected_at),
                  html`<a
                    href="/admin/connections/close/?${new URLSearchParams({ id: connection.id }).toString()}"
                    aria-label="Close the connection of ${connection.username}"
                    >Close…</a
                  >`,
                ]),
              )}
              ${selectionForm('connections', selection)}`
      }
      ${pager(list)}`,
  }
}

function roomOf({ room }: ListedConnection): Html {
  return room === null ? html`All rooms of the user` : roomLink(room)
}

export function closePage(
  connection: ListedConnection,
  viewer: PageViewer,
  { draft, errors }: Again,
): AdminPage {
  return questionPage(
    {
      title: 'Close a connection',
      section: 'Connections',
      action: '/admin/connections/close/',
      back: '/admin/connections/',
      words: {
        button: 'Close',
        effect:
          'The connection closes at once. The user’s client may connect again. To keep the user out, end their sessions or suspend them.',
        isBad: true,
      },
      fields: html`<input type="hidden" name="id" value="${connection.id}" />
        <dl class="facts">
          ${fact('User', nameLink(connection.user_id, connection.username, connection.display_name))}
          ${fact('Room', roomOf(connection))} ${fact('Address', address(connection.address))}
          ${fact('Since', time(connection.connected_at))}
        </dl>`,
      reasonHint: 'For the audit log. The user does not see it.',
      draft,
      errors,
    },
    viewer,
  )
}
