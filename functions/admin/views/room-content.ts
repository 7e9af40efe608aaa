import type { LinkedPage as List } from '../../http/links.ts'
import type { ContentMessage } from '../../../src/core/admin/room-content.ts'
import type { ShownRoom } from '../../../src/core/admin/rooms.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox, pager, table, userLink } from '../parts.ts'
import { type Again, questionPage } from './room-form.ts'
import { roomDone } from './room-words.ts'
import { roomLink } from './rooms.ts'

export function contentPage(
  room: ShownRoom,
  list: List<ContentMessage>,
  openUntil: Date | undefined,
  isOpened: boolean,
): AdminPage {
  return {
    title: 'Messages',
    section: 'Rooms',
    body: html`${isOpened ? messageBox('done', roomDone.open) : nothing}
      <p>
        Room:
        ${roomLink(room)}${openUntil === undefined ? nothing : html`. You can read it until ${time(openUntil)}.`}
      </p>
      ${
        list.results.length === 0
          ? html`<p class="empty">There are no messages.</p>`
          : messagesTable(list.results)
      }
      ${pager(list)}`,
  }
}

function messagesTable(messages: readonly ContentMessage[]): Html {
  return table(
    'Messages, the newest first',
    ['Time', 'Author', 'Message'],
    messages.map(({ created_at, author, text, edited_at }) => [
      time(created_at),
      userLink(author, 'a deleted account'),
      text === null
        ? html`<span class="hint">Deleted</span>`
        : html`${written(text)}${
            edited_at === null ? nothing : html` <span class="hint">(edited)</span>`
          }`,
    ]),
  )
}

/** The messages of a private room or a direct chat are closed to admins. This page can open them. */
export function closedPage(
  room: ShownRoom,
  viewer: PageViewer,
  { draft, errors }: Again,
): AdminPage {
  const what = room.kind === 'direct' ? 'direct chat' : 'private room'
  return questionPage(
    {
      title: `Open the messages: ${room.title}`,
      action: `/admin/rooms/${room.id}/open/`,
      back: `/admin/rooms/${room.id}/`,
      words: {
        button: 'Open for one hour',
        effect: `The messages of a ${what} are closed to admins. You can open them for one hour, only for yourself. Each member gets a notification that an admin has opened the messages. It does not say who or why.`,
        isBad: true,
      },
      reasonLabel: 'Reason',
      draft,
      errors,
    },
    viewer,
  )
}
