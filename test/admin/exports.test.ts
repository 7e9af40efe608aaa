/** Each list of the admin's pages as a CSV file. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvRow } from '../../src/core/admin/csv.ts'
import { type AdminBrowser, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let admin: TestUser
let browser: AdminBrowser
let owner: TestUser
let member: TestUser
let room: number
beforeAll(async () => {
  server = await startTestServer()
  ;({ user: admin, browser } = await openAsAdmin(server))
  ;[owner, member] = [await server.register(), await server.register()]
  await ok(member.patch('/api/users/me/', { display_name: '=HYPERLINK("x")' }))
  room = (await owner.createRoom({ title: '+Tea, "green"' })).id
  await ok(member.post(`/api/rooms/${room}/join/`))
  const { seq } = await ok(owner.send(room, 'hello'))
  await ok(member.put(`/api/messages/${room}/${seq}/report/`, { reason: 'spam', text: 'it is' }))
  await ok(member.put(`/api/users/${owner.username}/report/`, { reason: 'hate', text: '' }))
  await sql`
    insert into held_messages (room_id, user_id, client_id, text, mentions)
    values (${room}, ${member.id}, 'x', ${'@held\nin two lines'}, '[]')`.execute(server.db)
  const until = new Date(Date.now() + 3_600_000).toISOString().slice(0, 16)
  const banner = { text: 'Storm', severity: 'warning', from: '', until, dismissible: 'yes' }
  const announcements = '/admin/announcements/'
  await browser.submit(await browser.get(announcements), announcements, banner)
  const notice = { to: 'one', username: member.username, text: '-Hello' }
  const asked = await browser.submit(
    await browser.get('/admin/notices/'),
    '/admin/notices/preview/',
    notice,
  )
  await browser.submit(asked, '/admin/notices/', { do: 'send' })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** The lines of a file, and its name. */
async function download(path: string) {
  const { status, headers, html } = await browser.get(path)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  const name = /filename="([^"]+)"/.exec(headers.get('content-disposition')!)![1]
  const [header, ...rows] = html.trim().split('\r\n')
  return { name, header, rows }
}

const at = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`

test('users are exported as they are searched, with their email addresses', async () => {
  const { name, header, rows } = await download(`/admin/users/export/?search=${member.username}`)
  expect(name).toBe('users.csv')
  expect(header).toBe(
    'id,username,display_name,email,is_admin,joined_at,suspended_at,suspended_until',
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatch(
    new RegExp(
      `^${member.id},${member.username},"'=HYPERLINK\\(""x""\\)",[^,]+@[^,]+,false,${at},,$`,
    ),
  )
  expect((await download('/admin/users/export/')).rows).toHaveLength(3)
})

test('rooms are exported in the order and with the filter of the page', async () => {
  const other = await owner.createRoom({ title: 'Zoo', kind: 'private' })
  const { header, rows } = await download('/admin/rooms/export/?order=members')
  expect(header).toBe(
    'id,name,title,kind,made_at,last_activity_at,members,messages,owner_id,owner,owners,archived_at',
  )
  expect(rows.map((row) => Number(row.split(',', 1)[0]))).toEqual([room, other.id])
  expect(rows[0]).toMatch(
    new RegExp(`^${room},[^,]+,"'\\+Tea, ""green""",public,${at},${at},2,1,${owner.id},`),
  )
  const filtered = await download('/admin/rooms/export/?kind=private&search=zoo')
  expect(filtered.rows.map((row) => row.split(',')[2])).toEqual(['Zoo'])
})

test('members, and who is kept out, are exported of their room', async () => {
  const members = await download(`/admin/rooms/${room}/members/export/`)
  expect(members.name).toBe('members.csv')
  expect(members.rows).toHaveLength(2)
  expect(members.rows[0]).toMatch(new RegExp(`^${owner.id},${owner.username},[^,]*,owner,${at}$`))
  const banned = await server.register()
  await ok(owner.put(`/api/rooms/${room}/bans/${banned.username}/`, { reason: '-no' }))
  const bans = await download(`/admin/rooms/${room}/bans/export/`)
  expect(bans.rows).toHaveLength(1)
  expect(bans.rows[0]).toMatch(new RegExp(`^${banned.id},${banned.username},[^,]*,'-no,${at},$`))
  expect((await browser.get('/admin/rooms/999999/members/export/')).status).toBe(404)
})

test('connections are exported of one user or of all', async () => {
  await using socket = await openSocket(member)
  await using other = await openSocket(owner)
  await Promise.all([socket, other].map((each) => each.ask({ action: 'heads' })))
  const { header, rows } = await download(`/admin/connections/export/?user=${member.username}`)
  expect(header).toBe(
    'id,user_id,username,display_name,room_id,room,address,connected_at,last_seen_at',
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]).toContain(`,${member.id},${member.username},`)
  expect((await download('/admin/connections/export/')).rows).toHaveLength(2)
  expect((await browser.get('/admin/connections/export/?user=nobody')).status).toBe(400)
})

test('reports are exported by their state and what they are about', async () => {
  const { header, rows } = await download('/admin/reports/export/?about=message')
  expect(header).toBe(
    'id,about,subject_id,subject,room_id,room_kind,room,message_seq,reasons,reports,since,outcome,handled_at,handled_by_id,handled_by',
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatch(
    new RegExp(`^\\d+,message,${owner.id},${owner.username},${room},public,.*,spam,1,${at},,,,$`),
  )
  expect((await download('/admin/reports/export/')).rows).toHaveLength(2)
  expect((await download('/admin/reports/export/?state=handled')).rows).toEqual([])
})

test('held messages, notices and announcements are exported with their texts', async () => {
  const held = await download('/admin/held/export/')
  expect(held.rows).toHaveLength(1)
  expect(held.rows[0]).toContain(`"'@held\nin two lines"`)
  const notices = await download('/admin/notices/export/')
  expect(notices.rows[0]).toMatch(
    new RegExp(
      `^\\d+,${at},${admin.id},${admin.username},${member.id},${member.username},1,true,'-Hello$`,
    ),
  )
  const announcements = await download('/admin/announcements/export/')
  expect(announcements.rows[0]).toMatch(/^\d+,Storm,warning,.*,true,.*,shown$/)
})

test('the audit log has each export, with its rows and the names of its filters, and no value of these', async () => {
  await download(`/admin/users/export/?search=${member.username}`)
  await download(`/admin/rooms/${room}/members/export/`)
  const entries = await server.db
    .selectFrom('audit_log')
    .where('action', '=', 'export_list')
    .where('actor_id', '=', admin.id)
    .orderBy('id', 'desc')
    .limit(2)
    .select(['after', 'room_id', 'address'])
    .execute()
  expect(entries.map(({ after }) => JSON.parse(after!))).toEqual([
    { list: 'members', rows: 2 },
    { list: 'users', rows: 1, filters: 'search' },
  ])
  expect(entries[0]).toMatchObject({ room_id: room, address: '127.0.0.1' })
  expect(textOf(await browser.get('/admin/audit/?action=export_list'))).toContain(
    'downloaded a list',
  )
})

test('each list leads to its file with the filter of the page, and a later page to a file from there on', async () => {
  for (const path of [
    'users/?search=',
    'rooms/?kind=public',
    'reports/?state=open',
    'held/?',
    'notices/?',
    'announcements/?',
    'audit/?action=export_list',
    `rooms/${room}/members/?`,
  ]) {
    const { html } = await browser.get(`/admin/${path}`)
    const [list, query] = path.split('?')
    const wanted = query?.endsWith('=') ? '' : query
    expect(html).toContain(`"/admin/${list}export/${wanted ? `?${wanted}` : ''}"`)
  }
  const first = await browser.get('/admin/users/?limit=1')
  const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
  const cursor = new URLSearchParams(next.split('?')[1]).get('cursor')!
  const later = await browser.get(next)
  expect(later.html).toContain(`"/admin/users/export/?cursor=${cursor}"`)
  const all = await download('/admin/users/export/')
  const part = await download(`/admin/users/export/?cursor=${cursor}`)
  expect(part.name).toBe('users-part.csv')
  expect(part.rows).toEqual(all.rows.slice(1))
  const back = await browser.get(`/admin/users/export/?cursor=${cursor.replace('a', 'b')}`)
  expect(back.status).toBe(400)
})

describe('a cell of a CSV file', () => {
  test.for([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', `"'\tx"`],
    ['x;=1+1', `"x;'=1+1"`],
    ['x\n-1', `"x\n'-1"`],
    ['\nx', `"'\nx"`],
    ['＝1', "'＝1"],
    ['a,b', '"a,b"'],
    ['"', '""""'],
    ['1+1', '1+1'],
    ['', ''],
  ])('%j is written %j', ([text, written]) => {
    expect(csvRow([text!])).toBe(`${written}\r\n`)
  })
})
