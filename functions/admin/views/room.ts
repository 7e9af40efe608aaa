import type { AuditEntry } from '../../../src/core/admin/audit-log.ts'
import { figureMax } from '../../../src/core/admin/figures.ts'
import type { ShownRoom } from '../../../src/core/admin/rooms.ts'
import { html, type Html, nothing, number, time, written } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { fact, messageBox, userLink } from '../parts.ts'
import { auditTable } from './audit.ts'
import { kindOf, ownerOf, upTo } from './rooms.ts'
import { type RoomAction, roomActionWords, type RoomDone, roomDone } from './room-words.ts'

export function adminRoomPage(
  room: ShownRoom,
  entries: readonly AuditEntry[],
  done: RoomDone | undefined,
): AdminPage {
  const path = `/admin/rooms/${room.id}`
  return {
    title: room.title === '' ? `Room ${room.id}` : room.title,
    section: 'Rooms',
    body: html`${done === undefined ? nothing : messageBox('done', roomDone[done])}
      <dl class="facts">
        ${fact('Kind', kindOf(room))}
        ${fact('State', room.archived_at ? html`<span class="tag">Archived</span>` : 'Open')}
        ${room.archived_at ? fact('Archived since', time(room.archived_at)) : nothing}
        ${fact('Name', written(room.name))}
        ${
          room.kind === 'direct'
            ? nothing
            : fact('Description', room.description === '' ? 'None' : written(room.description))
        }
        ${fact('Created', html`${time(room.created_at)} by ${userLink(room.created_by, 'nobody')}`)}
        ${fact('Last activity', time(room.last_event_at))}
        ${room.kind === 'direct' ? nothing : fact('Owner', ownerOf(room))}
        ${fact('Members', html`<a href="${path}/members/">${number(room.member_count)}</a>`)}
        ${
          room.kind === 'direct'
            ? nothing
            : fact('Bans', html`<a href="${path}/bans/">${number(room.bans)}</a>`)
        }
        ${fact('Messages', html`<a href="${path}/messages/">${upTo(room.messages, figureMax)}</a>`)}
        ${fact('Connections', upTo(room.sockets, figureMax - 1))}
      </dl>
      ${
        room.kind === 'direct'
          ? html`<p class="hint">
              A direct chat belongs to its two members. It has no owner, and admins cannot change
              it.
            </p>`
          : actionsOf(room, path)
      }
      <h2>Actions of admins</h2>
      ${
        entries.length === 0
          ? html`<p class="empty">No actions yet.</p>`
          : auditTable(entries, 'Actions of admins in this room')
      }`,
  }
}

function actionsOf(room: ShownRoom, path: string): Html {
  const actions: RoomAction[] = [room.archived_at ? 'restore' : 'archive', 'delete']
  return html`<h2>Actions</h2>
    <ul class="actions">
      <li><a class="button" href="${path}/edit/">Edit…</a></li>
      <li><a class="button" href="${path}/members/">Members…</a></li>
      <li><a class="button" href="${path}/limits/">Limits…</a></li>
      ${actions.map(
        (action) =>
          html`<li>
            <a class="${action === 'delete' ? 'button bad' : 'button'}" href="${path}/${action}/"
              >${roomActionWords[action].button}…</a
            >
          </li>`,
      )}
    </ul>`
}
