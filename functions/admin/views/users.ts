import type { FieldError } from '../../../src/protocol/errors.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import type { ListedUser } from '../../../src/core/admin/users.ts'
import { html, type Html, nothing, time } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { nameLink, pager, table, textField } from '../parts.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

export function usersPage(
  list: List<ListedUser>,
  search: string | undefined,
  selection: Selection,
  errors: readonly FieldError[] = [],
): AdminPage {
  return {
    title: 'Users',
    section: 'Users',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${nothingChosen(selection)}
      <form class="line" method="get" action="/admin/users/" role="search">
        ${textField({
          name: 'search',
          label: 'Username, display name or email address begins with',
          called: 'The search',
          value: search ?? '',
          errors,
        })}
        <button>Search</button>
        ${search === undefined ? nothing : html`<a href="/admin/users/">All users</a>`}
      </form>
      ${errors.length > 0 ? nothing : list.results.length === 0 ? emptyList(search) : usersTable(list.results, selection)}
      ${pager(list)}`,
  }
}

function emptyList(search: string | undefined): Html {
  return search === undefined
    ? html`<p class="empty">No users yet.</p>`
    : html`<p class="empty">No name or email address begins with “${search}”.</p>`
}

function usersTable(users: readonly ListedUser[], selection: Selection): Html {
  return html`${table(
    'Users',
    ['Select', 'User', 'Email', 'Joined', 'Status'],
    users.map((user) => [
      tick(selection, user.id, user.username),
      nameLink(user.id, user.username, user.display_name),
      html`<span class="email">${user.email ?? 'None'}</span>`,
      time(user.created_at),
      statusOf(user),
    ]),
  )}
  ${selectionForm('users', selection)}`
}

export function statusOf(
  user: Pick<ListedUser, 'is_admin' | 'suspended_at' | 'suspended_until'>,
): Html {
  const { is_admin: isAdmin, suspended_at: suspendedAt } = user
  if (!suspendedAt) return isAdmin ? html`<span class="tag">Admin</span>` : html`Active`
  return html`<span class="tag bad">Suspended</span
    >${untilOf(user)}${isAdmin ? html` <span class="tag">Admin</span>` : nothing}`
}

function untilOf({ suspended_until: until }: Pick<ListedUser, 'suspended_until'>): Html {
  return until === null ? nothing : html` until ${time(until)}`
}
