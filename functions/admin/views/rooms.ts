import { roomKind } from '../../../src/protocol/rooms.ts'
import {
  type AdminRoomFilter,
  type AdminRoomOrder,
  adminRoomOrders,
  type ListedRoom,
  listedMessagesMax,
} from '../../../src/core/admin/rooms.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { messageBox, pager, selectField, table, textField, userLink } from '../parts.ts'
import { roomDone } from './room-words.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

const orderNames: Record<AdminRoomOrder, string> = {
  newest: 'Newest first',
  activity: 'Last activity first',
  members: 'Most members first',
  log: 'Most events first',
}

const kindNames = { public: 'Public', private: 'Private', direct: 'Direct' } as const

export function roomsPage(
  list: List<ListedRoom>,
  filter: AdminRoomFilter,
  isDeleted: boolean,
  selection: Selection,
  errors: readonly FieldError[] = [],
): AdminPage {
  const { search = '', kind = '', state = '', order } = filter
  const isFiltered = search !== '' || kind !== '' || state !== ''
  return {
    title: 'Rooms',
    section: 'Rooms',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isDeleted ? messageBox('done', roomDone.delete) : nothing}
      ${nothingChosen(selection)}
      <form class="line" method="get" action="/admin/rooms/" role="search">
        ${textField({
          name: 'search',
          label: 'Title, name, or member of a direct chat',
          called: 'The search',
          value: search,
          errors,
        })}
        ${selectField({
          name: 'kind',
          label: 'Kind',
          value: kind,
          options: [
            ['', 'All'],
            ...roomKind.options.map((each) => [each, kindNames[each]] as const),
          ],
        })}
        ${selectField({
          name: 'state',
          label: 'State',
          value: state,
          options: [
            ['', 'All'],
            ['open', 'Open'],
            ['archived', 'Archived'],
          ],
        })}
        ${selectField({
          name: 'order',
          label: 'Order',
          value: order,
          options: adminRoomOrders.map((each) => [each, orderNames[each]] as const),
        })}
        <button>Show</button>
        ${isFiltered ? html`<a href="/admin/rooms/">All rooms</a>` : nothing}
      </form>
      ${
        errors.length > 0
          ? nothing
          : list.results.length === 0
            ? html`<p class="empty">${isFiltered ? 'No rooms found.' : 'No rooms yet.'}</p>`
            : roomsTable(list.results, selection)
      }
      ${pager(list)}`,
  }
}

function roomsTable(rooms: readonly ListedRoom[], selection: Selection): Html {
  return html`${table(
    'Rooms',
    ['Select', 'Room', 'Kind', 'Members', 'Messages', 'Owner', 'Last activity'],
    rooms.map((room) => [
      room.kind === 'direct' ? '' : tick(selection, room.id, room.title),
      html`${roomLink(room)}
      ${room.archived_at === null ? nothing : html` <span class="tag">Archived</span>`}`,
      kindNames[room.kind],
      number(room.member_count),
      upTo(room.messages, listedMessagesMax),
      ownerOf(room),
      time(room.last_event_at),
    ]),
  )}
  ${selectionForm('rooms', selection)}`
}

/** A link to a room. The title of a direct chat names its two users. A title may be any text. */
export function roomLink({ id, title }: Pick<ListedRoom, 'id' | 'title'>): Html {
  return html`<a class="name" href="/admin/rooms/${id}/"
    ><bdi>${title === '' ? `room ${id}` : title}</bdi></a
  >`
}

export function kindOf({ kind }: Pick<ListedRoom, 'kind'>): string {
  return kind === 'direct' ? 'Direct chat' : `${kindNames[kind]} room`
}

export function ownerOf({ kind, owner, owners }: ListedRoom): Html {
  if (kind === 'direct') return html`–`
  return html`${userLink(owner, 'nobody')}${owners > 1 ? ` and ${number(owners - 1)} more` : ''}`
}

/** A number that is counted up to a limit. */
export function upTo(count: number, max: number): string {
  return count > max ? `${number(max)}+` : number(count)
}
