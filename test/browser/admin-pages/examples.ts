/**
 * Examples of the admin's pages for the test that checks all of them (`admin-pages.test.ts`). A route needs an entry
 * here only when it has parameters that are not in `params`, or states that its plain address does not show.
 */
import { sql } from 'kysely'
import type { TestServer } from '../../support/chat-server.ts'
import type { TestUser } from '../../support/test-user.ts'
import { testPassword } from '../../support/test-user.ts'
import { ok } from '../../support/answers.ts'

/** A server on which every list of the admin's pages has rows. */
export interface World {
  readonly user: TestUser
  readonly suspended: TestUser
  readonly banned: TestUser
  /** A user whose messages are partly erased. */
  readonly halfErased: TestUser
  readonly session: number
  readonly room: number
  readonly privateRoom: number
  readonly archivedRoom: number
  readonly direct: number
  readonly messageReport: number
  readonly privateReport: number
  readonly userReport: number
  readonly handledReport: number
  /** An open socket of the user. */
  readonly connection: string
}

const long = 'nothing that is said\nhere is true '.repeat(9)

/** The user has to have an open socket. `connect` opens it. */
export async function fillWorld(
  server: TestServer,
  admin: TestUser,
  connect: (user: TestUser) => Promise<void>,
): Promise<World> {
  const { db } = server
  const [user, suspended, banned, reporter, halfErased] = [
    await server.register('a_rather_long_username_of_a_user'),
    await server.register(),
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  await ok(
    user.patch('/api/users/me/', {
      // Nothing in it allows a line break.
      display_name: `Zoë${'W'.repeat(61)}`,
      bio: 'Likes tea.\nAnd <b>cake</b>, most of all.',
    }),
  )
  await sql`
    update users set suspended_at = now(), suspension_reason = ${long},
           suspended_until = now() + make_interval(hours => 24)
     where id = ${suspended.id}`.execute(db)
  const { id: room } = await user.createRoom({ title: 'Tea', description: long })
  const { id: privateRoom } = await user.createRoom({ title: 'Quiet', kind: 'private' })
  const { id: archivedRoom } = await user.createRoom({ title: 'W'.repeat(100) })
  await sql`update rooms set archived_at = now() where id = ${archivedRoom}`.execute(db)
  const { id: direct } = await ok(user.post('/api/direct/', { username: reporter.username }))
  await ok(reporter.post(`/api/rooms/${room}/join/`))
  await ok(user.put(`/api/rooms/${privateRoom}/members/${reporter.username}/`, {}))
  await ok(user.put(`/api/rooms/${room}/bans/${banned.username}/`, { reason: long }))
  for (const id of [room, privateRoom]) {
    const { seq } = await ok(user.send(id, `hello ${'w'.repeat(300)}`))
    const report = { reason: 'other', text: long }
    await ok(reporter.put(`/api/messages/${id}/${seq}/report/`, report))
  }
  for (const { username } of [suspended, user]) {
    await ok(reporter.put(`/api/users/${username}/report/`, { reason: 'spam' }))
  }
  const cases = await db.selectFrom('report_cases').orderBy('id').select('id').execute()
  const [messageReport, privateReport, handledReport, userReport] = cases.map(({ id }) => id)
  await sql`
    update report_cases set outcome = 'dismissed', handled_at = now(), handled_by = ${admin.id}
     where id = ${handledReport!}`.execute(db)
  await sql`
    insert into held_messages (room_id, user_id, client_id, text, mentions)
    values (${room}, ${user.id}, 'x', ${long}, '[]'), (${privateRoom}, ${user.id}, 'y', 'ok', '[]')`.execute(
    db,
  )
  await sql`
    insert into announcements (form_key, text, severity, is_dismissible, actor_id, begins_at, ends_at)
    values ('k1', ${long}, 'critical', true, ${admin.id}, now(), now() + make_interval(hours => 1)),
           ('k2', 'Over', 'info', true, ${admin.id}, now() - make_interval(hours => 2), now())`.execute(
    db,
  )
  await sql`
    insert into notices (form_key, text, actor_id, subject_id, reached, after_user_id, until_user_id)
    values ('n1', ${long}, ${admin.id}, null, 12345, 1, 2),
           ('n2', 'Hello', ${admin.id}, ${user.id}, 1, 2, 2)`.execute(db)
  await sql`
    insert into audit_log (actor_id, action, subject_id, reason)
    values (${admin.id}, 'export_user', ${user.id}, 'they asked for it')`.execute(db)
  await sql`
    insert into outcome_counts (minute, kind, count)
    values (date_trunc('minute', now()), 'refusal', 12)`.execute(db)
  await ok(halfErased.delete('/api/users/me/', { password: testPassword }))
  await sql`insert into erasures (user_id) values (${halfErased.id})`.execute(db)
  await connect(user)
  await sql`update connections set address = '2001:db8:85a3:1234:5678:8a2e:370:7334'`.execute(db)
  const { id: connection } = await db
    .selectFrom('connections')
    .where('user_id', '=', user.id)
    .select('id')
    .executeTakeFirstOrThrow()
  const { id: session } = await db
    .selectFrom('sessions')
    .where('user_id', '=', user.id)
    .select('id')
    .executeTakeFirstOrThrow()
  return {
    user,
    suspended,
    banned,
    halfErased,
    session,
    room,
    privateRoom,
    archivedRoom,
    direct,
    messageReport: messageReport!,
    privateReport: privateReport!,
    userReport: userReport!,
    handledReport: handledReport!,
    connection,
  }
}

/** Returns the values for the parameters of a route. `:id` refers to the subject of the route's first word. */
export function params(world: World, path: string): Record<string, string | number> {
  const [, , about] = path.split('/')
  const ids: Record<string, number> = {
    users: world.user.id,
    rooms: world.room,
    reports: world.messageReport,
  }
  return {
    ...(about !== undefined && about in ids && { id: ids[about]! }),
    user_id: world.user.id,
    session: world.session,
    action: 'suspend',
  }
}

/** The queries that routes need beside their path. */
export const queries = (world: World): Record<string, string> => ({
  '/admin/connections/close': `?${new URLSearchParams({ id: world.connection }).toString()}`,
})

/**
 * The button to press on forms whose buttons decide the action, when the form is filled with wrong values. The other
 * forms have one button.
 */
export const buttons: Record<string, string> = {
  '/admin/reports/:id': 'suspend',
  '/admin/notices': 'send',
}

/** Further states of pages: their addresses, by what they show. */
export const states = (world: World): Record<string, string> => ({
  'users: one is suspended': `/admin/users/?search=${world.suspended.username}`,
  'users: all are selected': '/admin/users/?select=all',
  'users: none was selected': '/admin/users/?select=none',
  'users: none is found': '/admin/users/?search=zzz',
  'users: a page between others': '/admin/users/?limit=1',
  'a user who is suspended': `/admin/users/${world.suspended.id}/?done=suspend`,
  'a user: why their data is exported': `/admin/users/${world.suspended.id}/export/`,
  'a user who is not erased yet': `/admin/users/${world.halfErased.id}/erase/`,
  'a user: reinstate': `/admin/users/${world.suspended.id}/reinstate/`,
  'a user: make an admin': `/admin/users/${world.user.id}/make_admin/`,
  'rooms: as they are active': '/admin/rooms/?order=activity&select=all',
  'rooms: none is like that': '/admin/rooms/?search=zzz',
  'a room that is archived': `/admin/rooms/${world.archivedRoom}/?done=archive`,
  'a room that is archived: restore': `/admin/rooms/${world.archivedRoom}/restore/`,
  'a private room: its messages are closed': `/admin/rooms/${world.privateRoom}/messages/`,
  'a direct chat': `/admin/rooms/${world.direct}/`,
  'a direct chat: members': `/admin/rooms/${world.direct}/members/`,
  'reports: all are selected': '/admin/reports/?select=all',
  'reports that are handled': '/admin/reports/?state=handled',
  'a report about a private room': `/admin/reports/${world.privateReport}/`,
  'a report about a user': `/admin/reports/${world.userReport}/`,
  'a report that is handled': `/admin/reports/${world.handledReport}/?done=dismissed`,
  'held messages: all are selected': '/admin/held/?select=all',
  'a notice to one user': `/admin/notices/?to=${world.user.username}`,
  'the audit log: of nothing': '/admin/audit/?action=announce&from=2020-01-01&to=2020-01-02',
  'no such page': '/admin/nothing/',
  'no such user': '/admin/users/999999/',
  'what cannot be done': `/admin/rooms/${world.direct}/edit/`,
})
