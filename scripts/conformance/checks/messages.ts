import { type Loose, ok, refused, sorted } from '../answer.ts'
import type { Check } from '../check.ts'
import { holds, like, same } from '../expect.ts'

const texts = (messages: Loose[]) => messages.map(({ message }) => message)
const seqs = (events: Loose[]) => events.map(({ seq }) => seq)
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1)

export const messageChecks: readonly Check[] = [
  {
    rule: 'M1',
    title: 'a text comes back unchanged except for trimming',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      const first = await ok(
        ana.post('/api/messages/', { room_id: room.id, message: '\n \n  two\n  lines \n\n' }),
        201,
      )
      like('the message', first, {
        room_id: room.id,
        seq: 2,
        user_id: ana.id,
        username: ana.username,
        message: '  two\n  lines',
        reply_to: null,
        edited_at: null,
        deleted_at: null,
        reactions: [],
      })
      const texts = [
        'é e\u0301',
        '👩‍👩‍👧 🏳️‍🌈',
        'שלום \u200fمرحبا',
        '\u{1d4d0}'.repeat(4_000),
        '<b>&amp;</b> \\ " \u2028 /',
      ]
      for (const text of texts) same('the text', (await ana.send(room.id, text)).message, text)
      const reply = await ana.send(room.id, 'yes', { reply_to: first.seq })
      same('reply_to', reply.reply_to, first.seq)
      const stored = await ana.list(`/api/messages/${room.id}/`)
      same('what is stored', stored.map(({ message }) => message).slice(1, -1), texts)
    },
  },
  {
    rule: 'M1',
    title:
      'an empty text, a text that is too long and a value that is not a text are refused and leave no trace',
    async run(world) {
      const [ana, eve] = await world.users('ana', 'eve')
      const room = await ana.createRoom()
      const send = async (fields: object) =>
        await ana.post('/api/messages/', { room_id: room.id, ...fields })
      for (const message of [
        '',
        ' \n\t ',
        '\u200b\u200d\u2800',
        'x'.repeat(4_001),
        'a\u0000b',
        'a\ud800b',
        7,
        null,
      ]) {
        const { errors } = await refused(send({ message }), 'bad_request')
        same('the field that is wrong', errors?.[0]?.field, 'message')
      }
      await refused(send({ message: 'x', reply_to: 1 }), 'bad_request')
      await refused(send({ message: 'x', reply_to: 99 }), 'bad_request')
      await refused(eve.post('/api/messages/', { room_id: room.id, message: 'x' }), 'forbidden')
      same('the log', seqs(await ana.log(room.id)), [1])
    },
  },
  {
    rule: 'M2',
    title:
      'messages of concurrent senders are numbered without a gap, and everybody gets the same order',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const sockets = await Promise.all([ana, ben, eve].map(async (user) => await user.socket()))
      const sent = await Promise.all(
        [ana, ben, eve].flatMap((user) =>
          upTo(6).map(async (n) => await user.send(room.id, `${n} of ${user.username}`)),
        ),
      )
      const log = await ana.log(room.id)
      same('the numbers of the log', seqs(log), upTo(3 + sent.length))
      const messages = log.slice(3)
      same(
        'the numbers that were answered',
        seqs(sent).toSorted((a, b) => a - b),
        seqs(messages),
      )
      const times = messages.map(({ timestamp }) => timestamp)
      same('the order of the times', times, sorted(times))
      for (const message of sent)
        like(
          'the log',
          messages.find(({ seq }) => seq === message.seq),
          { id: message.id, message: message.message, timestamp: message.timestamp },
        )
      for (const socket of sockets) {
        for (const { seq } of messages) {
          await socket.nextOf('message', (frame) => frame.room_id === room.id && frame.seq === seq)
        }
        await socket.calm()
        // A push may come twice or late (W7), but it has to match the log.
        const held = new Map(
          socket
            .ofType('message')
            .filter((frame) => frame.room_id === room.id)
            .map((frame) => [frame.seq, frame]),
        )
        same(
          'the messages that were sent',
          [...held.keys()].toSorted((a, b) => a - b),
          seqs(messages),
        )
        for (const { seq, id, message } of messages)
          like('the push', held.get(seq), { id, message })
      }
    },
  },
  {
    rule: 'M2',
    title: 'each member gets each message once and in order',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const [own, other] = [await ana.socket(), await ben.socket()]
      for (let n = 1; n <= 10; n++) await ana.send(room.id, `message ${n}`)
      for (const socket of [own, other]) {
        await socket.nextOf('message', ({ seq, room_id }) => room_id === room.id && seq === 12)
        await socket.calm()
        same(
          'what was sent',
          socket.logOf(room.id),
          upTo(10).map((n) => `${n + 2} message`),
        )
      }
    },
  },
  {
    rule: 'M3',
    title:
      'a repeated client_id returns the first message, even at the same moment or with another text',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      const client_id = world.word()
      const body = { room_id: room.id, message: 'once', client_id }
      const answers = await Promise.all(
        upTo(4).map(async () => await ana.post('/api/messages/', body)),
      )
      const statuses = sorted(answers.map(({ status }) => status))
      same('the statuses', statuses, ['200', '200', '200', '201'])
      const again = await ok(ana.post('/api/messages/', { ...body, message: 'changed' }), 200)
      same(
        'the ids and texts',
        new Set(answers.map(({ body }) => `${body.id} ${body.message}`)),
        new Set([`${again.id} once`]),
      )
      same('the messages', texts(await ana.list(`/api/messages/${room.id}/`)), ['once'])
      await refused(
        ana.post('/api/messages/', { ...body, client_id: 'x'.repeat(65) }),
        'bad_request',
      )
      await refused(ana.post('/api/messages/', { ...body, client_id: '' }), 'bad_request')
    },
  },
  {
    rule: 'M3',
    title: 'a client_id is unique per room and sender',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const [room, other] = [await ana.roomWith(ben), await ana.createRoom()]
      const client_id = world.word()
      const sent = [
        await ana.send(room.id, 'mine', { client_id }),
        await ben.send(room.id, 'yours', { client_id }),
        await ana.send(other.id, 'elsewhere', { client_id }),
      ]
      same('the texts', texts(sent), ['mine', 'yours', 'elsewhere'])
      const { client_id: made } = await ana.send(room.id, 'without one')
      holds(typeof made === 'string' && made.length > 0, 'a client_id from the server', made)
    },
  },
  {
    rule: 'M3',
    title: 'a repeat is acked as a duplicate, and is not sent to a simple client',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const [sender, simple] = [await ana.socket(), await ben.simple(room.name)]
      const frame = {
        action: 'sendmessage',
        room_id: room.id,
        message: 'once',
        client_id: world.word(),
      }
      const first = await sender.ask(frame)
      like('the first ack', first, { type: 'ack', room_id: room.id, duplicate: false })
      const second = await sender.ask(frame)
      like('the second ack', second, {
        type: 'ack',
        seq: first.seq,
        message_id: first.message_id,
        duplicate: true,
      })
      await simple.next('the message', ({ seq }) => seq === first.seq)
      await ana.send(room.id, 'the last one')
      await simple.next('the last one', ({ message }) => message === 'the last one')
      await simple.calm()
      same('what the simple client got', texts(simple.ofType('message')), ['once', 'the last one'])
    },
  },
  {
    rule: 'M4',
    title: 'the history is read from its end, and before, after and around a message',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      for (let n = 2; n <= 10; n++) await ana.send(room.id, `message ${n}`)
      const page = async (query: string) =>
        seqs((await ok(ana.get(`/api/messages/${room.id}/?${query}`), 200)).results)
      same('the newest page', await page('limit=3'), [8, 9, 10])
      same('before 8', await page('limit=3&before=8'), [5, 6, 7])
      same('after 3', await page('limit=3&after=3'), [4, 5, 6])
      const around = await page('limit=3&around=6')
      holds(around.length === 3 && around.includes(6), 'three messages around 6', around)
      same(
        'the order around 6',
        around,
        around.toSorted((a: number, b: number) => a - b),
      )
      for (const query of ['before=8&after=3', 'before=x', 'around=-1']) {
        await refused(ana.get(`/api/messages/${room.id}/?${query}`), 'bad_request')
      }
    },
  },
  {
    rule: 'M5',
    title: 'only the author edits; author, owner and moderators delete, and the text is erased',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const sent = await ben.send(room.id, 'frist')
      const path = `/api/messages/${room.id}/${sent.seq}/`
      await refused(ana.patch(path, { message: 'x' }), 'forbidden')
      await refused(eve.delete(path), 'forbidden')
      const edited = await ok(ben.patch(path, { message: 'first' }), 200)
      like('the message', edited, { seq: sent.seq, message: 'first' })
      holds(typeof edited.edited_at === 'string', 'edited_at', edited)
      const length = (await ana.log(room.id)).length
      await ok(ben.patch(path, { message: 'first' }), 200)
      same('the log after an edit that changes nothing', (await ana.log(room.id)).length, length)
      await ok(ana.delete(path), 204)
      await ok(ana.delete(path), 204)
      same('the log after two deletions', (await ana.log(room.id)).length, length + 1)
      const [tombstone] = await ana.list(`/api/messages/${room.id}/`)
      like('what stays', tombstone, { seq: sent.seq, message: null, reactions: [] })
      holds(typeof tombstone.deleted_at === 'string', 'deleted_at', tombstone)
      await refused(ben.patch(path, { message: 'again' }), 'conflict')
      await refused(ben.put(`${path}reactions/${encodeURIComponent('👍')}/`), 'conflict')
      for (const seq of [1, 99])
        await refused(ana.delete(`/api/messages/${room.id}/${seq}/`), 'not_found')
    },
  },
  {
    rule: 'M5',
    title: 'a reaction counts once for each user and emoji, whatever its variation selectors',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const { seq } = await ana.send(room.id, 'tea?')
      const path = (emoji: string) =>
        `/api/messages/${room.id}/${seq}/reactions/${encodeURIComponent(emoji)}/`
      await ok(ana.put(path('❤')), 200)
      const again = await ok(ana.put(path('❤️')), 200)
      like('the reactions', again.reactions, [{ emoji: '❤️', count: 1, mine: true }])
      await ok(ben.put(path('👍')), 200)
      const both = await ok(ben.put(path('❤️')), 200)
      like('the reactions in their order', both.reactions, [
        { emoji: '❤️', count: 2, mine: true },
        { emoji: '👍', count: 1, mine: true },
      ])
      for (let n = 0; n < 2; n++) await ok(ben.delete(path('👍')), 204)
      const [message] = await ana.list(`/api/messages/${room.id}/`)
      like('the reactions', message.reactions, [{ emoji: '❤️', count: 2, mine: true }])
      for (const emoji of ['x', 'no emoji', '👍👍'])
        await refused(ana.put(path(emoji)), 'bad_request', 'not_found')
      const log = (await ana.log(room.id)).filter(({ type }) => type === 'reaction')
      same('the events of reactions', log.length, 4)
    },
  },
  {
    rule: 'M5',
    title: 'a message has at most 20 different emojis',
    async run(world) {
      const max = await world.user('max')
      const room = await max.createRoom()
      const { seq } = await max.send(room.id, 'animals')
      const path = (at: number) =>
        `/api/messages/${room.id}/${seq}/reactions/${encodeURIComponent(String.fromCodePoint(0x1f400 + at))}/`
      for (let at = 0; at < 20; at++) await ok(max.put(path(at)), 200)
      await refused(max.put(path(20)), 'conflict')
      await ok(max.put(path(0)), 200)
    },
  },
  {
    rule: 'M6',
    title: 'the log is read from a position, and shows messages as they are now',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const [one, two] = [
        await ana.send(room.id, 'old text'),
        await ana.send(room.id, 'to be erased'),
      ]
      const path = (seq: number) => `/api/messages/${room.id}/${seq}/`
      await ok(ana.patch(path(one.seq), { message: 'new text' }), 200)
      await ok(ben.put(`${path(one.seq)}reactions/${encodeURIComponent('👍')}/`), 200)
      await ok(ben.delete(`${path(one.seq)}reactions/${encodeURIComponent('👍')}/`), 204)
      await ok(ana.delete(path(two.seq)), 204)
      await ok(ana.patch(`/api/rooms/${room.id}/`, { title: 'One' }), 200)
      await ok(ana.patch(`/api/rooms/${room.id}/`, { title: 'Two' }), 200)
      const log = await ana.log(room.id)
      like('the log', log, [
        { seq: 1, type: 'member.joined', user_id: ana.id, role: 'owner' },
        { seq: 2, type: 'member.joined', user_id: ben.id, role: 'member' },
        { seq: 3, type: 'message', message: 'new text' },
        { seq: 4, type: 'message', message: null },
        { seq: 5, type: 'message.edited', message_seq: 3, message: 'new text' },
        { seq: 6, type: 'reaction', message_seq: 3, reacted: false, count: 0 },
        { seq: 7, type: 'reaction', message_seq: 3, reacted: false, count: 0 },
        { seq: 8, type: 'message.deleted', message_seq: 4 },
        { seq: 9, type: 'room.updated', title: 'Two' },
        { seq: 10, type: 'room.updated', title: 'Two' },
      ])
      const page = await ok(ben.get(`/api/rooms/${room.id}/events/?after=8`), 200)
      like('the page after 8', page, {
        results: [{ seq: 9 }, { seq: 10 }],
        next: null,
        previous: null,
      })
      same('the erased text in the log', JSON.stringify(log).includes('to be erased'), false)
    },
  },
  {
    rule: 'M7',
    title: 'messages are found by words, phrases and beginnings of words, and not by other words',
    async run(world) {
      const [ana, eve] = await world.users('ana', 'eve')
      const room = await ana.createRoom({ kind: 'private' })
      const word = world.word('q')
      const sent = await ana.send(room.id, `🍵 Grüner Tee mit ${word}, heiß`)
      await ana.send(room.id, `Schwarzer Tee mit ${word}`)
      const japanese = await ana.send(room.id, `東京都に住んでいます ${word}`)
      const find = async (q: string, user = ana) =>
        await user.list(`/api/search/?q=${encodeURIComponent(q)}`)
      const found = async (q: string) =>
        seqs(await find(q)).toSorted((a: number, b: number) => a - b)
      same('GRUNER and the word', await found(`GRUNER ${word}`), [sent.seq])
      same('a phrase', await found(`"tee mit" ${word} -schwarzer`), [sent.seq])
      same('an alternative', await found(`${word} gruner or ${word} schwarzer`), [
        sent.seq,
        sent.seq + 1,
      ])
      same('the beginning of the last word', await found(`grüner ${word.slice(0, -1)}`), [sent.seq])
      same('a part of a text without spaces', await found(`${word} 京都`), [japanese.seq])
      same('words that are not all there', await found(`${word} kaffee`), [])
      const [hit] = await find(`gruner ${word}`)
      like('the room', hit.room, {
        id: room.id,
        name: room.name,
        title: room.title,
        kind: 'private',
      })
      const places = hit.highlights.map(({ start, end }: Loose) => hit.message.slice(start, end))
      same('what is highlighted', places, ['Grüner', word])
      same('what a stranger finds', await find(word, eve), [])
      await ok(ana.delete(`/api/messages/${room.id}/${sent.seq}/`), 204)
      same('what is found after the deletion', await found(`gruner ${word}`), [])
      const inRoom = await ana.list(`/api/search/?q=${word}&room_id=${room.id}`)
      same('how many are found in the room', inRoom.length, 2)
      for (const q of ['', '%20', '-x', '!!!'])
        await refused(ana.get(`/api/search/?q=${q}`), 'bad_request')
    },
  },
  {
    rule: 'M8',
    title: 'the read marker only moves forward, and unread is counted from it',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const socket = await ben.socket()
      const sent = [
        await ana.send(room.id, 'one'),
        await ana.send(room.id, 'two'),
        await ben.send(room.id, 'mine'),
        await ana.send(room.id, 'three'),
      ]
      const [one, two]: Loose[] = sent
      const path = `/api/rooms/${room.id}/`
      same('unread', (await ok(ben.get(path), 200)).unread, 3)
      const read = async (seq: number) => await ok(ben.post(`${path}read/`, { seq }), 200)
      const state = { room_id: room.id, last_read_seq: one.seq, unread: 2 }
      same('the state', await read(one.seq), state)
      like('the frame', await socket.nextOf('read', ({ room_id }) => room_id === room.id), state)
      same('the state after a step back', await read(1), state)
      await ok(ana.delete(`/api/messages/${room.id}/${two.seq}/`), 204)
      same('unread after a deletion', (await ok(ben.get(path), 200)).unread, 1)
      const eve = await world.user('eve')
      await refused(eve.post(`${path}read/`, { seq: 1 }), 'forbidden')
    },
  },
  {
    rule: 'M9',
    title:
      'each partner of a direct chat sees how far the other has read, unless either has turned that off',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const direct = await ana.direct(ben)
      const path = `/api/rooms/${direct.id}/`
      const [one, two] = [await ana.send(direct.id, 'one'), await ana.send(direct.id, 'two')]
      const readSeq = async () => (await ok(ana.get(path), 200)).partner.read_seq
      const socket = await ana.socket()
      const read = async (seq: number) => await ok(ben.post(`${path}read/`, { seq }), 200)
      await read(one.seq)
      const isSeen = ({ room_id, partner_read_seq }: Loose) =>
        room_id === direct.id && partner_read_seq === one.seq
      await socket.nextOf('seen', isSeen)
      same('read_seq', await readSeq(), one.seq)
      const set = async (user: typeof ana, is: boolean) => {
        const me = await ok(user.patch('/api/users/me/', { read_receipts: is }), 200)
        same('read_receipts', me.read_receipts, is)
      }
      for (const user of [ana, ben]) {
        await set(user, false)
        await read(two.seq)
        same('read_seq when it is off', await readSeq(), null)
        await set(user, true)
        same('read_seq when it is on again', await readSeq(), two.seq)
      }
    },
  },
]
