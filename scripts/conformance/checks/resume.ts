import { createClient, memoryStorage } from '../../../src/client/index.ts'
import { type Loose, ok } from '../answer.ts'
import type { Check } from '../check.ts'
import { same } from '../expect.ts'
import type { Frame, RecordingSocket } from '../socket.ts'
import type { WorldUser } from '../world.ts'
import { largeRoom } from './common.ts'

/**
 * Sends hello with positions, and returns the frames after its answer. The server names unreadable rooms last. So one
 * more unreadable room marks the end.
 */
async function resume(user: WorldUser, rooms: Record<number, number>): Promise<Frame[]> {
  const socket = await user.socket()
  const answer = await socket.ask({ action: 'hello', rooms: { ...rooms, [marker]: 0 } })
  const isMarker = (frame: Frame) => frame.room_id === marker
  await socket.nextOf('room.removed', isMarker)
  await socket.calm()
  const frames = socket.received.slice(socket.received.indexOf(answer) + 1)
  return frames.filter((frame) => !isMarker(frame))
}

const isOf = (roomId: number) => (frame: Frame) => frame.room_id === roomId
const absent = Number.MAX_SAFE_INTEGER
const marker = absent - 1

export const resumeChecks: readonly Check[] = [
  {
    rule: 'W6',
    title:
      'a hello with positions replays the later events of each room in order, as the log has them',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const [one, two] = [await ana.roomWith(ben), await ana.createRoom({ kind: 'private' })]
      const sent = await ben.send(one.id, 'old text')
      await ok(ben.patch(`/api/messages/${one.id}/${sent.seq}/`, { message: 'new text' }), 200)
      await ok(
        ana.put(`/api/messages/${one.id}/${sent.seq}/reactions/${encodeURIComponent('👍')}/`),
        200,
      )
      await ana.send(two.id, 'there')
      const frames = await resume(ana, { [one.id]: 2, [two.id]: 0 })
      same('what one room replays', frames.filter(isOf(one.id)), (await ana.log(one.id)).slice(2))
      same('what the other replays', frames.filter(isOf(two.id)), await ana.log(two.id))
      same(
        'what a room replays that misses nothing',
        await resume(ana, { [one.id]: 5, [two.id]: 2 }),
        [],
      )
      same('what is replayed without positions', await resume(ana, {}), [])
    },
  },
  {
    rule: 'W6',
    title: 'the next hello replays events that a closed socket missed, once each',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const first = await ben.socket()
      await ana.send(room.id, 'heard')
      const { seq } = await first.nextOf('message', isOf(room.id))
      await first.close()
      for (const text of ['one', 'two', 'three']) await ana.send(room.id, text)
      const frames = await resume(ben, { [room.id]: seq })
      same(
        'the messages',
        frames.filter(isOf(room.id)).map(({ message }) => message),
        ['one', 'two', 'three'],
      )
    },
  },
  {
    rule: 'W6',
    title:
      'a position beyond the log gets resync, and a room that the caller may not read gets room.removed, whether or not it exists',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const [room, hidden] = [await ana.roomWith(ben), await ana.createRoom({ kind: 'private' })]
      const frames = await resume(ben, { [room.id]: 99, [hidden.id]: 0, [absent]: 0 })
      const resync = frames.filter(({ type }) => type === 'resync')
      same('resync', resync, [{ type: 'resync', room_id: room.id, reason: 'ahead' }])
      const removed = frames
        .filter(({ type }) => type === 'room.removed')
        .map(({ room_id }) => room_id)
      same(
        'the rooms that were removed',
        removed.toSorted((a, b) => a - b),
        [hidden.id, absent],
      )
      same('anything else', frames.length, 3)
    },
  },
  {
    rule: 'W6',
    title: 'a room that misses more than 300 events gets resync, and none of its events',
    async run(world) {
      const [ana, ben, eve] = await world.users('ana', 'ben', 'eve')
      const room = await ana.roomWith(ben, eve)
      const add = async (user: WorldUser, count: number) => {
        for (let n = 0; n < count; n += 4) {
          await Promise.all([0, 1, 2, 3].map(async (at) => await user.send(room.id, `${n + at}`)))
        }
      }
      await Promise.all([add(ana, 100), add(ben, 100), add(eve, 100)])
      const all = (await ana.log(room.id)).length
      same('the length of the log', all, 303)
      const whole = (await resume(ana, { [room.id]: 3 })).filter(isOf(room.id))
      same(
        'what is replayed of 300 events',
        whole.map(({ seq }) => seq),
        Array.from({ length: 300 }, (_, at) => at + 4),
      )
      const frames = await resume(ana, { [room.id]: 2 })
      same('what is replayed of 301 events', frames, [
        { type: 'resync', room_id: room.id, reason: 'too_many' },
      ])
    },
  },
  {
    rule: 'W6',
    title:
      'a hello that would replay more than 512 KB replays the rooms that miss least, and never only a part of a room',
    async run(world) {
      const { user, id } = await largeRoom(world)
      const small = await user.createRoom()
      await user.send(small.id, 'one')
      const frames = await resume(user, { [id]: 0, [small.id]: 0 })
      same(
        'what the small room replays',
        frames.filter(isOf(small.id)).map(({ seq }) => seq),
        [1, 2],
      )
      same('what the large room gets', frames.filter(isOf(id)), [
        { type: 'resync', room_id: id, reason: 'too_much' },
      ])
      same('the last frame', frames.at(-1)?.type, 'resync')
    },
  },
  {
    rule: 'W6',
    title: 'a one-room socket replays its room alone',
    async run(world) {
      const ana = await world.user('ana')
      const [room, other] = [await ana.createRoom(), await ana.createRoom()]
      await ana.send(room.id, 'here')
      const socket = await ana.socket(`/ws/chat/${room.name}/`)
      const positions = { [room.id]: 0, [other.id]: 0, [absent]: 0 }
      const answer = await socket.ask({ action: 'hello', rooms: positions })
      await socket.nextOf('message', isOf(room.id))
      await socket.calm()
      const frames = socket.received.slice(socket.received.indexOf(answer) + 1)
      same('what is replayed', frames, await ana.log(room.id))
    },
  },
  {
    rule: 'W7',
    title:
      'hello and heads give the last seq of each room, and the log has all events after a position',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const socket = await ana.socket()
      const position = async (action: string) => {
        const answer = await socket.ask({ action })
        return answer.rooms.find(({ room_id }: Loose) => room_id === room.id)
      }
      same('where it stands', await position('hello'), {
        room_id: room.id,
        last_seq: 2,
        last_read_seq: 0,
      })
      for (let n = 3; n <= 7; n++) await ben.send(room.id, `message ${n}`)
      await ok(ana.post(`/api/rooms/${room.id}/read/`, { seq: 5 }), 200)
      same('where it stands', await position('heads'), {
        room_id: room.id,
        last_seq: 7,
        last_read_seq: 5,
      })
      const page = await ok(ana.get(`/api/rooms/${room.id}/events/?after=4&limit=2`), 200)
      same(
        'the events after 4',
        page.results.map(({ seq }: Loose) => seq),
        [5, 6],
      )
      same('last_seq of the room', (await ok(ana.get(`/api/rooms/${room.id}/`), 200)).last_seq, 7)
    },
  },
  {
    rule: 'W7',
    title: 'a client that follows a room shows the whole log, each event once and in order',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const errors: Error[] = []
      const memory = memoryStorage()
      await memory.session.save({
        user: { id: ben.id, username: ben.username },
        access: ben.access,
        refresh: ben.refresh,
        until: Date.now() + 600_000,
      })
      const client = createClient({
        url: world.base.origin,
        ...memory,
        onError: (error) => errors.push(error),
      })
      try {
        await client.restore()
        client.connect()
        const followed = client.room(room.id)
        const see = async (what: string, fits: (texts: string[]) => boolean) =>
          await world.eventually(
            what,
            async () => followed.view.get().messages.map(({ message }) => String(message)),
            fits,
          )
        await world.eventually(
          'a view that is ready',
          async () => followed.view.get().status,
          (status) => status === 'ready',
        )
        followed.send('of the client')
        const sent = [await ana.send(room.id, 'one'), await ana.send(room.id, 'two')]
        await see('three messages', (texts) => texts.length === 3)
        client.disconnect()
        await ok(ana.patch(`/api/messages/${room.id}/${sent[0].seq}/`, { message: 'uno' }), 200)
        await ok(ana.delete(`/api/messages/${room.id}/${sent[1].seq}/`), 204)
        await ana.send(room.id, 'while it was away')
        client.connect()
        await see(
          'what was missed',
          (texts) => texts.includes('while it was away') && texts.includes('uno'),
        )
        const stored = await ana.list(`/api/messages/${room.id}/`)
        const shown = followed.view.get().messages
        same(
          'what is shown',
          shown.map(({ seq, message }) => ({ seq, message })),
          stored.map(({ seq, message }) => ({ seq, message })),
        )
        same(
          'what the client reports',
          errors.map(({ message }) => message),
          [],
        )
      } finally {
        await client.close()
      }
    },
  },
  {
    rule: 'W8',
    title: 'two sockets of a client both get messages, and a young socket is not asked to rotate',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      const first: RecordingSocket = await ben.socket()
      await first.ask({ action: 'heads' })
      const second: RecordingSocket = await ben.socket()
      const { seq } = await ana.send(room.id, 'to both')
      for (const socket of [first, second])
        await socket.nextOf('message', (frame) => frame.seq === seq && frame.room_id === room.id)
      await first.close()
      await ana.send(room.id, 'to the second')
      await second.nextOf('message', ({ message }) => message === 'to the second')
      same('bye', [...first.ofType('bye'), ...second.ofType('bye')], [])
    },
  },
]
