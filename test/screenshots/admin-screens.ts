/** The admin's pages in the pictures, and their content. */
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import type { Db } from '../../src/core/database/database.ts'
import { password } from './seed.ts'

export interface ForAdmins {
  readonly username: string
  readonly room: number
  /** A report about a message. */
  readonly report: number
  /** The author of that message. */
  readonly user: number
}

export interface AdminScreen {
  readonly name: string
  readonly path: (admin: ForAdmins) => string
  /** What to do on the page before the picture. */
  readonly open?: (page: Page) => Promise<void>
}

export const adminScreens: readonly AdminScreen[] = [
  { name: 'admin-overview', path: () => '/admin/' },
  { name: 'admin-users', path: () => '/admin/users/?select=all' },
  {
    name: 'admin-question',
    path: () => '/admin/users/?select=all',
    open: async (page) => {
      await page.getByRole('button', { name: 'Suspend…' }).click()
      await page.locator('.chosen').first().waitFor()
    },
  },
  { name: 'admin-user', path: ({ user }) => `/admin/users/${user}/` },
  { name: 'admin-password-link', path: ({ user }) => `/admin/users/${user}/password-link/` },
  { name: 'admin-export', path: ({ user }) => `/admin/users/${user}/export/` },
  { name: 'admin-erase', path: ({ user }) => `/admin/users/${user}/erase/` },
  {
    name: 'admin-two-step',
    path: () => '/admin/second-factor/',
    open: async (page) => {
      await page.getByRole('button', { name: 'Set up…' }).click()
      await page.locator('.secret').waitFor()
    },
  },
  { name: 'admin-rooms', path: () => '/admin/rooms/?order=activity' },
  { name: 'admin-room', path: ({ room }) => `/admin/rooms/${room}/` },
  { name: 'admin-members', path: ({ room }) => `/admin/rooms/${room}/members/` },
  { name: 'admin-connections', path: () => '/admin/connections/' },
  { name: 'admin-reports', path: () => '/admin/reports/' },
  {
    name: 'admin-report',
    path: ({ report }) => `/admin/reports/${report}/`,
    open: async (page) => await page.locator('.context .reported').scrollIntoViewIfNeeded(),
  },
  { name: 'admin-held', path: () => '/admin/held/' },
  { name: 'admin-notices', path: () => '/admin/notices/' },
  { name: 'admin-announcements', path: () => '/admin/announcements/' },
  { name: 'admin-audit', path: () => '/admin/audit/' },
]

/** Adds what admins see to the world of the pictures: reports, days with messages, held messages, and the audit log. */
export async function seedForAdmins(url: string, db: Db, room: number): Promise<ForAdmins> {
  async function call<T>(method: string, path: string, token: string, body?: object): Promise<T> {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows the operation
    return (text ? JSON.parse(text) : null) as T
  }
  async function join(username: string): Promise<{ id: number; token: string }> {
    const request = { username, password, email: `${username}@example.org` }
    const { user, access } = await call<{ user: { id: number }; access: string }>(
      'POST',
      '/api/register/',
      '',
      request,
    )
    await call('POST', `/api/rooms/${room}/join/`, access)
    return { id: user.id, token: access }
  }

  const [admin, seller] = [await join('kai'), await join('cheap_watches')]
  await sql`update users set is_admin = true, display_name = 'Kai Moreau' where id = ${admin.id}`.execute(
    db,
  )
  const { seq } = await call<{ seq: number }>('POST', '/api/messages/', seller.token, {
    room_id: room,
    message: 'Watches at half the price, only today: write to me',
  })
  for (const name of ['ana', 'jonas']) {
    const { access } = await call<{ access: string }>('POST', '/api/login/', '', {
      username: name,
      password,
    })
    const text = name === 'ana' ? 'They write this in every room' : ''
    await call('PUT', `/api/messages/${room}/${seq}/report/`, access, { reason: 'spam', text })
    if (name === 'ana') {
      await call('PUT', '/api/users/cheap_watches/report/', access, { reason: 'spam' })
    }
  }
  await sql`
    insert into held_messages (room_id, user_id, client_id, text, mentions)
    values (${room}, ${seller.id}, 'a', 'Casino bonus for the first ten who answer', '[]')`.execute(
    db,
  )
  await sql`
    insert into announcements (form_key, text, severity, is_dismissible, actor_id, begins_at, ends_at)
    values ('k1', 'Maintenance tonight from 22:00 to 22:15 UTC', 'warning', true, ${admin.id}, now(),
            now() + make_interval(hours => 6))`.execute(db)
  await sql`
    insert into notices (form_key, text, actor_id, subject_id, reached, after_user_id, until_user_id)
    values ('n1', 'The export is back. Thank you for your patience.', ${admin.id}, null, 10, 1, 1)`.execute(
    db,
  )
  await sql`
    insert into audit_log (actor_id, action, subject_id, room_id, reason, before, after, address)
    values (${admin.id}, 'end_sessions', ${seller.id}, null, 'a stolen phone', null, null, '192.0.2.17'),
           (${admin.id}, 'edit_room', null, ${room}, null, '{"title":"Release"}', '{"title":"Release 2.4"}', '192.0.2.17')`.execute(
    db,
  )
  // A month with weekends. The page counts today's messages itself.
  await sql`
    insert into day_counts (day, messages, active_users)
    select to_char(d, 'YYYY-MM-DD'),
           case when extract(isodow from d) > 5 then 14 else 62 end + (extract(day from d)::int * 7) % 31,
           case when extract(isodow from d) > 5 then 3 else 8 end + extract(day from d)::int % 4
      from generate_series(now() at time zone 'UTC' - make_interval(days => 29),
                           now() at time zone 'UTC' - make_interval(days => 1), make_interval(days => 1)) d
        on conflict do nothing`.execute(db)
  await sql`
    insert into outcome_counts (minute, kind, count)
    values (date_trunc('minute', now()), 'refusal', 12)
        on conflict do nothing`.execute(db)
  const { id: report } = await db
    .selectFrom('report_cases')
    .where('room_id', 'is not', null)
    .orderBy('id', 'desc')
    .select('id')
    .limit(1)
    .executeTakeFirstOrThrow()
  return { username: 'kai', room, report, user: seller.id }
}
