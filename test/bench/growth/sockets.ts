/**
 * Measures what a call costs while a server has many open sockets: real ones, to one process. The members of the
 * measured room are among them.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientConfig } from 'pg'
import { WebSocket } from 'ws'
import { cpuSecondsOf, memoryOf } from '../load/meter.ts'
import { accessOf, start, type Started, systems } from '../load/systems.ts'
import { countMembers, fillMessages, fillRooms, fillUsers, prepareMessages } from './fill.ts'
import { medianOf, readCounted } from './measure.ts'
import { type GrowthOptions, stepsOf } from './options.ts'
import type { Measured, MeasuredSeries } from './report.ts'

/** Members of the measured room, and of each other room. */
const measuredSize = 10
const roomSize = 50
/** Users who have no socket, for the measured connects. */
const spare = 500
/** Sockets that are opened at the same time. */
const atOnce = 20

/** Linux counts processor time in hundredths of a second, so it takes many calls to tell that of one. */
const moreCalls = 10

/** Opens a v1 socket for all rooms of a user. */
async function openSocket({ url }: Started, user: number): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/`, 'quick-connect.v1', {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    headers: { authorization: `Bearer ${accessOf(user)}` },
  })
  await once(socket, 'open')
  socket.on('error', () => undefined)
  return socket
}

/** Resolves when the socket has got a frame that contains a text. */
async function heard(socket: WebSocket, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = () => reject(new Error('the server closed a socket'))
    const hear = (data: Buffer) => {
      if (!data.includes(text)) return
      socket.off('message', hear)
      socket.off('close', end)
      resolve()
    }
    socket.on('message', hear)
    socket.once('close', end)
  })
}

export async function measureSockets(
  config: ClientConfig,
  control: Client,
  { sockets: most, calls: callsOfOthers }: GrowthOptions,
  tell: (line: string) => void,
): Promise<Measured> {
  const steps = stepsOf(10, most)
  const calls = callsOfOthers * moreCalls
  const count = 1 + Math.ceil((most - measuredSize) / roomSize)
  await fillUsers(control, most + spare)
  await fillRooms(
    control,
    Array.from({ length: count }, (_, index) => ({ name: `room_${index + 1}`, kind: 'public' })),
  )
  // Users 1 to 10 are in room 1, users 11 to 60 in room 2, and so on.
  await control.query(`
    insert into memberships (room_id, user_id, role)
      select case when id <= ${measuredSize} then 1 else 2 + (id - ${measuredSize} - 1) / ${roomSize} end, id, 'member'
        from users where id <= ${most}`)
  await countMembers(control)
  await prepareMessages(
    control,
    `select n as slot, n + 1 as room_id from generate_series(0, ${count - 1}) n`,
  )
  await fillMessages(control, 0, 60, () => undefined)

  const open: WebSocket[] = []
  await using server = await start(systems['quick-connect'], config)
  const series: MeasuredSeries[] = []
  const memory: number[] = []
  const fillSeconds: number[] = []
  let nextSpare = most

  /** Makes a call several times, one after another, and adds the figures. */
  async function measure(name: string, call: (n: number) => Promise<void>): Promise<void> {
    for (let n = 0; n < 3; n++) await call(n)
    await control.query('select pg_stat_statements_reset()')
    const cpu = cpuSecondsOf(server.pid)
    const times: number[] = []
    for (let n = 0; n < calls; n++) {
      const begin = performance.now()
      await call(n)
      times.push(performance.now() - begin)
    }
    const serverMs = ((cpuSecondsOf(server.pid) - cpu) * 1_000) / calls
    const { pages, statements } = await readCounted(control)
    let found = series.find((each) => each.name === name)
    if (!found) {
      found = { name, figures: [], plans: [], growth: undefined }
      series.push(found)
    }
    found.figures.push({
      ms: medianOf(times),
      pages: pages / calls,
      statements: statements / calls,
      serverMs,
    })
  }

  for (const size of steps) {
    const begin = performance.now()
    while (open.length < size) {
      const users = Array.from(
        { length: Math.min(atOnce, size - open.length) },
        (_, index) => open.length + index + 1,
      )
      open.push(...(await Promise.all(users.map((user) => openSocket(server, user)))))
    }
    fillSeconds.push((performance.now() - begin) / 1_000)
    tell(`${size.toLocaleString('en')} sockets are open`)
    memory.push(memoryOf(server.pid))
    await measure('send to a room of ten sockets', async () => {
      const text = `message ${process.hrtime.bigint()}`
      const all = Promise.all(open.slice(0, measuredSize).map((socket) => heard(socket, text)))
      open[0]!.send(
        JSON.stringify({ action: 'sendmessage', room_id: 1, client_id: text, message: text }),
      )
      await all
    })
    await measure('newest page', async () => await get('/api/messages/1/?limit=50'))
    await measure('rooms with unread counts', async () => {
      await get('/api/rooms/?member=true&order=activity')
    })
    await measure('connect and disconnect', async () => {
      nextSpare = nextSpare === most + spare ? most + 1 : nextSpare + 1
      const socket = await openSocket(server, nextSpare)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    })
  }
  for (const socket of open) socket.terminate()
  // The server removes their rows. It would log each of them that it cannot remove any more.
  for (let left = most, tries = 0; left > 0 && tries < 120; tries++) {
    await sleep(1_000)
    const { rows } = await control.query<{ left: number }>(
      'select cast(count(*) as int) as left from connections',
    )
    left = rows[0]!.left
  }
  return {
    name: 'sockets',
    title: 'open sockets',
    unit: 'sockets',
    steps,
    series,
    memory,
    fillSeconds,
  }

  async function get(path: string): Promise<void> {
    const answer = await fetch(server.url + path, {
      headers: { authorization: `Bearer ${accessOf(1)}` },
    })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`)
  }
}
