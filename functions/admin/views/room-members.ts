import type { FieldError } from '../../../src/protocol/errors.ts'
import { role } from '../../../src/protocol/rooms.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import type { RoomBan, ShownRoom } from '../../../src/core/admin/rooms.ts'
import type { MemberRow } from '../../../src/core/rooms/list-members.ts'
import { csrfField } from '../csrf.ts'
import { capital } from '../error-page.ts'
import type { Form } from '../form.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox, nameLink, pager, selectField, table, textArea, textField } from '../parts.ts'
import { roomLink } from './rooms.ts'
import { type RoomDone, roomDone } from './room-words.ts'

export function membersPage(
  room: ShownRoom,
  list: List<MemberRow>,
  viewer: PageViewer,
  {
    done,
    draft = {},
    errors = [],
    conflict,
    under = nothing,
  }: {
    done?: RoomDone | undefined
    draft?: Form
    errors?: readonly FieldError[]
    /** Why the action is not possible now. */
    conflict?: string | undefined
    /** Content below the list. */
    under?: Html
  },
): AdminPage {
  const isDirect = room.kind === 'direct'
  return {
    title: 'Members',
    section: 'Rooms',
    ...(errors.length > 0 && { status: 400 }),
    ...(conflict !== undefined && { status: 409 }),
    body: html`${conflict === undefined ? nothing : messageBox('error', `${capital(conflict)}.`)}
      ${done === undefined ? nothing : messageBox('done', roomDone[done])}
      <p>Room: ${roomLink(room)}</p>
      ${
        list.results.length === 0
          ? html`<p class="empty">This room has no members.</p>`
          : table(
              'Members',
              isDirect ? ['User', 'Joined'] : ['User', 'Role', 'Joined', 'Actions'],
              list.results.map((member) => [
                nameLink(member.user_id, member.username, member.display_name),
                ...(isDirect ? [] : [roleNames[member.role]]),
                time(member.joined_at),
                ...(isDirect ? [] : [actionsOf(room, member)]),
              ]),
            )
      }
      ${pager(list)} ${under} ${isDirect ? nothing : addForm(room, viewer, draft, errors)}`,
  }
}

export const roleNames = { owner: 'Owner', moderator: 'Moderator', member: 'Member' } as const

/** The accessible names of the links name the user. */
function actionsOf({ id, owners }: ShownRoom, { user_id, username, role: has }: MemberRow): Html {
  const path = `/admin/rooms/${id}/members/${user_id}`
  const canHandOver = has !== 'owner' || owners > 1
  return html`<span class="links">
    <a href="${path}/remove/" aria-label="Remove ${username}">Remove…</a>
    <a href="${path}/ban/" aria-label="Ban ${username}">Ban…</a>
    ${
      canHandOver
        ? html`<a href="${path}/hand_over/" aria-label="Make owner: ${username}">Make owner…</a>`
        : nothing
    }
  </span>`
}

function addForm(
  { id }: ShownRoom,
  { csrf }: PageViewer,
  draft: Form,
  errors: readonly FieldError[],
): Html {
  return html`<h2>Add a member</h2>
    <p>The user becomes a member at once, and gets a notification that you invited them.</p>
    <form class="narrow" method="post" action="/admin/rooms/${id}/members/">
      ${csrfField(csrf)}
      ${textField({
        name: 'username',
        label: 'Username',
        value: draft['username'] ?? '',
        errors,
      })}
      ${selectField({
        name: 'role',
        label: 'Role',
        value: draft['role'] ?? 'member',
        options: role.options.toReversed().map((each) => [each, roleNames[each]] as const),
        errors,
      })}
      ${textArea({
        name: 'reason',
        label: 'Reason (optional)',
        called: 'Reason',
        hint: 'For the audit log. Members do not see it.',
        value: draft['reason'] ?? '',
        errors,
      })}
      <button class="primary">Add</button>
    </form>`
}

export function bansPage(
  room: ShownRoom,
  list: List<RoomBan>,
  done: RoomDone | undefined,
): AdminPage {
  return {
    title: 'Bans',
    section: 'Rooms',
    body: html`${done === undefined ? nothing : messageBox('done', roomDone[done])}
      <p>These users may not join the room ${roomLink(room)}.</p>
      ${
        list.results.length === 0
          ? html`<p class="empty">No bans in this room.</p>`
          : table(
              'Bans',
              ['User', 'Since', 'Until', 'Reason', 'Actions'],
              list.results.map((ban) => [
                nameLink(ban.user_id, ban.username, ban.display_name),
                time(ban.created_at),
                ban.expires_at === null ? 'Until lifted' : time(ban.expires_at),
                ban.reason === '' ? '–' : written(ban.reason),
                html`<a
                  href="/admin/rooms/${room.id}/members/${ban.user_id}/lift/"
                  aria-label="Lift the ban: ${ban.username}"
                  >Lift the ban…</a
                >`,
              ]),
            )
      }
      ${pager(list)}`,
  }
}
