import { type Loose, ok } from '../answer.ts'
import type { Check } from '../check.ts'
import { like, same } from '../expect.ts'
import type { WorldUser } from '../world.ts'

async function of(user: WorldUser, roomId: number, query = ''): Promise<Loose[]> {
  return (await user.list(`/api/notifications/${query}`)).filter(
    ({ room_id }) => room_id === roomId,
  )
}

const kinds = (notifications: Loose[]) => notifications.map(({ kind }) => kind)

/** Marks notifications as read. Returns how many are unread. */
const read = async (user: WorldUser, ids: number[]) =>
  (await ok(user.post('/api/notifications/read/', { ids }), 200)).unread

export const notificationChecks: readonly Check[] = [
  {
    rule: 'N1',
    title: 'a mention, a direct message and an invitation notify, on sockets and in the list',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const socket = await ben.socket()
      const [room, direct] = [await ana.createRoom(), await ana.direct(ben)]
      await ok(ana.put(`/api/rooms/${room.id}/members/${ben.username}/`), 201)
      const invited = await socket.nextOf('notification', ({ room_id }) => room_id === room.id)
      like('the invitation', invited, {
        kind: 'invitation',
        username: ana.username,
        message_seq: null,
        read_at: null,
      })
      const sent = await ana.send(
        room.id,
        `hello @${ben.username.toUpperCase()}, and @${ben.username} again`,
      )
      const mention = await socket.nextOf(
        'notification',
        ({ message_seq, room_id }) => room_id === room.id && message_seq === sent.seq,
      )
      like('the mention', mention, {
        kind: 'mention',
        message_id: sent.id,
        user_id: ana.id,
        text: sent.message,
        room_title: room.title,
      })
      const said = await ana.send(direct.id, 'psst')
      const message = await socket.nextOf(
        'notification',
        ({ message_seq, room_id }) => room_id === direct.id && message_seq === said.seq,
      )
      like('the direct message', message, {
        kind: 'direct',
        text: 'psst',
        room_title: ana.username,
      })
      same('the list of the room', kinds(await of(ben, room.id)), ['mention', 'invitation'])
      same('the list of who did it', await of(ana, room.id), [])
    },
  },
  {
    rule: 'N1',
    title:
      'names in code, in a word or in plain text notify nobody, and neither do an edit and a repeat',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const name = ben.username
      const silent = await ana.send(room.id, `\`@${name}\` mail@${name} @${name}x`)
      await ana.send(room.id, 'nobody is named here')
      await ok(
        ana.patch(`/api/messages/${room.id}/${silent.seq}/`, { message: `now @${name}` }),
        200,
      )
      same('the list', await of(ben, room.id), [])
      const client_id = world.word()
      for (let n = 0; n < 2; n++) await ana.send(room.id, `@${name} once`, { client_id })
      await ana.send(room.id, `@${ana.username} is myself`)
      same('the list after a repeat', kinds(await of(ben, room.id)), ['mention'])
      same('the list of who mentions themselves', await of(ana, room.id), [])
    },
  },
  {
    rule: 'N1',
    title:
      'notifications are marked as read, follow changes of their message, and ids of other users are ignored',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const sent: Loose[] = []
      for (const text of ['one', 'two', 'three'])
        sent.push(await ana.send(room.id, `@${ben.username} ${text}`))
      const [third, second]: Loose[] = await of(ben, room.id)
      const socket = await ben.socket()
      const before = (await ok(ben.get('/api/notifications/'), 200)).unread
      await read(ana, [second.id])
      same(
        'unread after somebody else read it',
        (await ok(ben.get('/api/notifications/'), 200)).unread,
        before,
      )
      const after = await read(ben, [second.id, Number.MAX_SAFE_INTEGER])
      if (before < 100) same('unread', after, before - 1)
      like('the frame', await socket.nextOf('notifications.read'), {
        ids: [second.id],
        unread: after,
      })
      same(
        'what is not read',
        (await of(ben, room.id, '?unread=true')).map(({ message_seq }) => message_seq),
        [sent[2].seq, sent[0].seq],
      )
      const path = (message: Loose) => `/api/messages/${room.id}/${message.seq}/`
      await ok(ana.patch(path(sent[0]), { message: 'nobody any more' }), 200)
      await ok(ana.delete(path(sent[1])), 204)
      await ok(ana.patch(path(sent[2]), { message: `@${ben.username} changed` }), 200)
      like('the list', await of(ben, room.id), [{ id: third.id, text: `@${ben.username} changed` }])
    },
  },
  {
    rule: 'N2',
    title: 'a member chooses which messages of a room notify them',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const path = `/api/rooms/${room.id}/`
      const set = async (notify: string) =>
        same('the answer', await ok(ben.put(`${path}notify/`, { notify }), 200), {
          room_id: room.id,
          notify,
        })
      await set('all')
      await ana.send(room.id, 'plain')
      await ana.send(room.id, `@${ben.username}`)
      same('with all', kinds(await of(ben, room.id)), ['mention', 'message'])
      await set('none')
      await ana.send(room.id, `@${ben.username}`)
      same('with none', kinds(await of(ben, room.id)), ['mention', 'message'])
      same('notify of the room', (await ok(ben.get(path), 200)).notify, 'none')
      same('notify of a direct chat', (await ben.direct(ana)).notify, 'all')
    },
  },
  {
    rule: 'N2',
    title: 'moving the read marker marks the notifications up to it as read',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.createRoom()
      await ok(ana.put(`/api/rooms/${room.id}/members/${ben.username}/`), 201)
      const one = await ana.send(room.id, `@${ben.username} one`)
      const two = await ana.send(room.id, `@${ben.username} two`)
      await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: one.seq }), 200)
      const unread = (await of(ben, room.id, '?unread=true')).map(({ message_seq }) => message_seq)
      same('what is not read', unread, [two.seq])
    },
  },
]
