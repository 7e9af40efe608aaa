import { type Loose, ok, refused, sorted } from '../answer.ts'
import type { Check } from '../check.ts'
import { holds, like, same } from '../expect.ts'
import type { WorldUser } from '../world.ts'

const usernames = (members: Loose[]) => sorted(members.map(({ username }) => username))
const ids = (rooms: Loose[]) => rooms.map(({ id }) => id)

export const roomChecks: readonly Check[] = [
  {
    rule: 'R1',
    title: 'the maker of a public room is its owner, and its name is given or made from the title',
    async run(world) {
      const ana = await world.user('ana')
      const word = world.word('x')
      const title = `  Łódź\n${word} `
      const room = await ana.createRoom({ title, description: 'Tea' })
      like('the room', room, {
        title: `Łódź ${word}`,
        description: 'Tea',
        kind: 'public',
        created_by: ana.username,
        member_count: 1,
        role: 'owner',
        last_seq: 1,
        last_message: null,
        unread: 0,
        notify: 'mentions',
      })
      holds(
        new RegExp(`^lodz.*${word}`).test(String(room.name)),
        `a name made from ${title.trim()}`,
        room.name,
      )
      const second = await ana.createRoom({ title })
      holds(second.name !== room.name, 'another name for the second room of a title', second.name)
      const name = world.word('Chosen_')
      same('a chosen name', (await ana.createRoom({ name })).name, name)
      await refused(ana.post('/api/rooms/', { title: 'x', name: name.toLowerCase() }), 'conflict')
      const one = await ok(ana.get(`/api/rooms/${room.id}/`), 200)
      like('the room', one, { id: room.id, online_count: 0, online_more: false })
    },
  },
  {
    rule: 'R1',
    title: 'the name of a private room reveals nothing, and an invalid room is refused',
    async run(world) {
      const ana = await world.user('ana')
      const word = world.word('secret')
      const room = await ana.createRoom({ title: word, kind: 'private' })
      holds(
        /^\w{8,}$/.test(String(room.name)) && !String(room.name).includes(word),
        'a random name',
        room.name,
      )
      for (const body of [
        { title: 'x', kind: 'private', name: 'chosen' },
        { title: 'x', kind: 'direct' },
        { title: ' \n ' },
        { title: 'x'.repeat(101) },
        { title: 'x', description: 'x'.repeat(1_001) },
        { title: 'x', name: 'no name' },
      ]) {
        await refused(ana.post('/api/rooms/', body), 'bad_request')
      }
    },
  },
  {
    rule: 'R1',
    title:
      'rooms are listed newest first and found by their title, and a user’s own rooms are listed by activity',
    async run(world) {
      const [ben, eve] = await world.users('ben', 'eve')
      const word = world.word('kéks')
      const [first, second] = [
        await ben.createRoom({ title: `A ${word}` }),
        await ben.createRoom({ title: `B ${word}` }),
      ]
      const listed = ids((await ok(eve.get('/api/rooms/'), 200)).results)
      same(
        'the newest first',
        listed.filter((id) => id === first.id || id === second.id),
        [second.id, first.id],
      )
      const search = word.replace('é', 'E').toUpperCase()
      same('what is found by title', ids(await eve.list(`/api/rooms/?search=${search}`)), [
        second.id,
        first.id,
      ])
      same(
        'what a stranger is in',
        ids(await eve.list('/api/rooms/?member=true')).filter((id) => id === first.id),
        [],
      )
      await ben.send(first.id, 'news')
      const active = ids(await ben.list('/api/rooms/?member=true&order=activity', 2)).slice(0, 2)
      same('the order by activity', active, [first.id, second.id])
      await refused(ben.get('/api/rooms/?order=activity'), 'bad_request')
      const seen = await ok(eve.get(`/api/rooms/${first.id}/`), 200)
      like('a public room that one has not joined', seen, {
        role: null,
        last_read_seq: null,
        unread: null,
        notify: null,
      })
    },
  },
  {
    rule: 'R2',
    title: 'owners and moderators change a room, and only the owner deletes it',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben)
      const path = `/api/rooms/${room.id}/`
      await refused(ben.patch(path, { title: 'Mine' }), 'forbidden')
      await refused(eve.patch(path, { title: 'Mine' }), 'forbidden')
      await ok(ana.put(`${path}members/${ben.username}/`, { role: 'moderator' }), 200)
      like('the room', await ok(ben.patch(path, { title: 'Ours', description: 'D' }), 200), {
        title: 'Ours',
        description: 'D',
      })
      await refused(ben.delete(path), 'forbidden')
      await ok(ana.delete(path), 204)
      await refused(ana.get(path), 'not_found')
    },
  },
  {
    rule: 'R2',
    title: 'joining, leaving, inviting and giving roles may be repeated, and each makes one event',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.createRoom()
      const path = `/api/rooms/${room.id}/`
      const member = `${path}members/${ben.username}/`
      for (let n = 0; n < 2; n++)
        like('the room', await ok(ben.post(`${path}join/`), 200), { id: room.id, role: 'member' })
      for (let n = 0; n < 2; n++) await ok(ben.post(`${path}leave/`), 204)
      await ok(ana.put(member), 201)
      await ok(ana.put(member), 200)
      await ok(ana.put(member, { role: 'moderator' }), 200)
      like('the member', await ok(ana.put(member), 200), { role: 'moderator' })
      await ok(ben.put(`${path}members/${eve.username}/`), 201)
      await refused(ben.put(`${path}members/${eve.username}/`, { role: 'moderator' }), 'forbidden')
      await refused(eve.put(`${path}members/nobody_here/`), 'forbidden', 'not_found')
      const members = await ana.list(`${path}members/`)
      same('the members', usernames(members), usernames([ana, ben, eve]))
      const types = (await ana.log(room.id)).map(({ type }) => type)
      same('the log', types, [
        'member.joined',
        'member.joined',
        'member.left',
        'member.joined',
        'member.updated',
        'member.joined',
      ])
    },
  },
  {
    rule: 'R2',
    title: 'owners remove anybody except owners, and moderators remove members',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const of = (user: WorldUser) => `/api/rooms/${room.id}/members/${user.username}/`
      await refused(ben.delete(of(eve)), 'forbidden')
      await ok(ana.put(of(ben), { role: 'moderator' }), 200)
      await refused(ben.delete(of(ana)), 'forbidden')
      await ok(ben.delete(of(eve)), 204)
      await ok(ana.delete(of(ben)), 204)
      same('the members', usernames(await ana.list(`/api/rooms/${room.id}/members/`)), [
        ana.username,
      ])
    },
  },
  {
    rule: 'R3',
    title:
      'two users have one direct chat, from whichever side they open it, even at the same moment',
    async run(world) {
      const [ben, max] = await world.users('ben', 'max')
      const answers = await Promise.all(
        [ben, max, ben, max].map(async (user) => {
          const other = user === ben ? max : ben
          return await user.post('/api/direct/', { username: other.username })
        }),
      )
      const rooms = await Promise.all(answers.map(async (answer) => await ok(answer, 200, 201)))
      same('how many rooms there are', new Set(rooms.map(({ id }) => id)).size, 1)
      holds(
        answers.filter(({ status }) => status === 201).length <= 1,
        'one 201',
        answers.map(({ status }) => status),
      )
      const again = await ben.post('/api/direct/', { username: max.username.toUpperCase() })
      like('the room', await ok(again, 200), {
        id: rooms[0]?.id,
        kind: 'direct',
        title: max.username,
        member_count: 2,
      })
      const path = `/api/rooms/${rooms[0]?.id}/`
      for (const refusal of [
        ben.patch(path, { title: 'x' }),
        ben.delete(path),
        ben.post(`${path}leave/`),
        ben.put(`${path}members/${max.username}/`),
      ]) {
        await refused(refusal, 'conflict')
      }
    },
  },
  {
    rule: 'R4',
    title: 'private and direct rooms appear in no list, no search and no socket of an outsider',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const word = world.word('hidden')
      const hidden = await ana.createRoom({ title: word, kind: 'private' })
      const direct = await ana.direct(ben)
      await ana.send(direct.id, `a ${word} message`)
      same('the rooms that a search finds', await eve.list(`/api/rooms/?search=${word}`), [])
      same('the messages that a search finds', await eve.list(`/api/search/?q=${word}`), [])
      const listed = (await eve.list('/api/rooms/')).filter(
        ({ id }) => id === hidden.id || id === direct.id,
      )
      same('the rooms in the list', listed, [])
      for (const room of [hidden, direct]) {
        await refused(eve.get(`/api/rooms/${room.id}/`), 'not_found')
        await refused(eve.post(`/api/rooms/${room.id}/join/`), 'not_found')
        const status = await world.tryToOpen(`/ws/chat/${room.name}/`, {
          token: eve.access,
          protocols: ['quick-connect.v1'],
        })
        same('the answer to a socket', typeof status === 'number' ? status : 'it was opened', 404)
      }
    },
  },
  {
    rule: 'R5',
    title: 'a removed member is told, and then gets nothing more of the room',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const [room, other] = [await ana.roomWith(ben), await ana.roomWith(ben)]
      const all = await ben.socket()
      const one = await ben.socket(`/ws/chat/${room.name}/`)
      await ok(ana.delete(`/api/rooms/${room.id}/members/${ben.username}/`), 204)
      const left = await all.nextOf('member.left', ({ room_id }) => room_id === room.id)
      like('the event', left, { user_id: ben.id, removed_by: { user_id: ana.id } })
      await all.nextOf('room.removed', ({ room_id }) => room_id === room.id)
      await one.nextOf('bye', ({ code, reconnect }) => code === 'removed' && reconnect === false)
      await one.closed('its user was removed')
      await ana.send(room.id, 'without you')
      const marker = await ana.send(other.id, 'with you')
      await all.nextOf('message', ({ seq, room_id }) => room_id === other.id && seq === marker.seq)
      await all.calm()
      same('what came of the room', all.logOf(room.id), [`${left.seq} member.left`])
      await refused(ben.post('/api/messages/', { room_id: room.id, message: 'x' }), 'forbidden')
    },
  },
  {
    rule: 'R6',
    title:
      'room.deleted is the last event of a room, its sockets get it, and then the room does not exist',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const all = await ben.socket()
      const one = await ben.socket(`/ws/chat/${room.name}/`)
      await ok(ana.delete(`/api/rooms/${room.id}/`), 204)
      like('the event', await all.nextOf('room.deleted'), { room_id: room.id, seq: 3 })
      await one.nextOf('bye', ({ code }) => code === 'room_deleted')
      await one.closed('its room was deleted')
      for (const path of [
        `/api/rooms/${room.id}/`,
        `/api/messages/${room.id}/`,
        `/api/rooms/${room.id}/events/`,
      ]) {
        await refused(ben.get(path), 'not_found')
      }
    },
  },
  {
    rule: 'R6',
    title: 'a room has an owner while it has members, and a user who joins an empty one owns it',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const path = `/api/rooms/${room.id}/`
      await ok(ana.put(`${path}members/${eve.username}/`, { role: 'moderator' }), 200)
      await ok(ana.post(`${path}leave/`), 204)
      same('the role of the moderator', (await ok(eve.get(path), 200)).role, 'owner')
      await ok(eve.post(`${path}leave/`), 204)
      same('the role of the last member', (await ok(ben.get(path), 200)).role, 'owner')
      await ok(ben.post(`${path}leave/`), 204)
      same('the role of who joins it then', (await ok(ana.post(`${path}join/`), 200)).role, 'owner')
      const hidden = await ana.createRoom({ kind: 'private' })
      await ok(ana.post(`/api/rooms/${hidden.id}/leave/`), 204)
      await refused(ana.get(`/api/rooms/${hidden.id}/`), 'not_found')
    },
  },
  {
    rule: 'R7',
    title: 'a banned user is removed and kept out until the ban is lifted',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const path = `/api/rooms/${room.id}/`
      const ban = `${path}bans/${eve.username}/`
      await refused(ben.put(ban), 'forbidden')
      like('the ban', await ok(ana.put(ban, { reason: 'noise' }), 201), {
        user_id: eve.id,
        username: eve.username,
        reason: 'noise',
        banned_by: ana.username,
      })
      like('the ban', await ok(ana.put(ban), 200), { reason: 'noise' })
      like('the list', await ana.list(`${path}bans/`), [{ username: eve.username }])
      await refused(ben.get(`${path}bans/`), 'forbidden')
      await refused(eve.post(`${path}join/`), 'forbidden')
      await refused(ana.put(`${path}members/${eve.username}/`), 'forbidden')
      const status = await world.tryToOpen(`/ws/chat/${room.name}/`, {
        token: eve.access,
        protocols: ['quick-connect.v1'],
      })
      same('the answer to a socket', typeof status === 'number' ? status : 'it was opened', 403)
      like('what the banned one sees', await ok(eve.get(path), 200), { role: null })
      await refused(ana.put(`${path}bans/${ana.username}/`), 'forbidden')
      for (let n = 0; n < 2; n++) await ok(ana.delete(ban), 204)
      await ok(eve.post(`${path}join/`), 200)
      const direct = await ana.direct(eve)
      await refused(ana.put(`/api/rooms/${direct.id}/bans/${eve.username}/`), 'conflict')
    },
  },
  {
    rule: 'R7',
    title:
      'a user who was removed from a public room comes back by an invitation, or when an owner allows it',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const path = `/api/rooms/${room.id}/`
      const member = `${path}members/${ben.username}/`
      await ok(ana.delete(member), 204)
      await refused(ben.post(`${path}join/`), 'forbidden')
      await ok(ana.put(member), 201)
      await ok(ana.delete(member), 204)
      await ok(ana.delete(`${path}bans/${ben.username}/`), 204)
      await ok(ben.post(`${path}join/`), 200)
      const hidden = await ana.createRoom({ kind: 'private' })
      await ok(ana.put(`/api/rooms/${hidden.id}/bans/${ben.username}/`), 201)
      await refused(ben.post(`/api/rooms/${hidden.id}/join/`), 'not_found')
    },
  },
]
