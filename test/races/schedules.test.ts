/**
 * Races on the real server: whatever happens at once, the log of a room is whole, and every answer is true. Each
 * schedule is a room with a cast of four. A barrier holds its row while the operations queue up behind it. Several
 * rooms play at once with the same users, so that locks of users and sessions are involved, too.
 *
 * RACE_SEED repeats a run, RACE_SCHEDULES sets the number of schedules. A failure prints both.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import { expect, inject, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import { propertyRuns } from '../support/property-runs.ts'
import { Barrier, Observer } from '../support/barrier.ts'
import {
  checkAnswers,
  checkKeptOut,
  checkLog,
  checkPushes,
  lingeringSockets,
  readRooms,
} from './check.ts'
import { type Chat, startEnvironments } from './environments.ts'
import { type Player, Scene } from './play.ts'
import { makeSchedules, type Schedule } from './schedule.ts'

const seed = Number(env['RACE_SEED'] ?? randomInt(2 ** 31))
const count = Number(env['RACE_SCHEDULES'] ?? propertyRuns(500))
/** The server's pool of connections. A round has fewer statements than that, so that none waits for a connection. */
const poolSize = 30
const roomsAtOnce = 7

interface Kind {
  readonly name: string
  readonly start: () => Promise<Chat>
  readonly queues: boolean
}
const environments: Kind = {
  name: 'an execution environment for each request',
  start: () => startEnvironments({ poolSize }),
  queues: false,
}
const oneProcess: Kind = {
  name: 'one process',
  start: () => startTestServer({ poolSize }),
  queues: true,
}
// The environments always use pg, so they run in the other project.
const chats = inject('driver') === 'pg' ? [environments, oneProcess] : [oneProcess]

test.each(chats)(
  `leaves whole logs and true answers [M2, M3, R5, R6, R7, A4]: $name (RACE_SEED=${seed})`,
  async ({ start, queues }) => {
    await using chat = await start()
    await using observer = await Observer.of(chat.database)
    const players = await Promise.all(Array.from({ length: 8 }, () => enter(chat)))
    const rounds = packRounds(makeSchedules(queues ? seed : seed + 1, Math.ceil(count / 2)))
    let index = 0
    for (const round of rounds) {
      const first = index
      index += round.length
      const scenes = await Promise.all(
        round.map((schedule, at) =>
          Scene.set({ chat, observer }, first + at, schedule, castFrom(players, first + at)),
        ),
      )
      await play({ chat, observer, queues }, scenes)
      await settle(observer, players, scenes)
      await check(observer, scenes)
      await strike(observer, players, scenes)
    }
    expect(chat.log.filter(({ level }) => level === 'error')).toEqual([])
  },
  300_000,
)

async function check(observer: Observer, scenes: readonly Scene[]): Promise<void> {
  const read = () =>
    readRooms(
      observer,
      scenes.map(({ room }) => room.id),
    )
  let rooms = await read()
  const roomOf = (scene: Scene) => rooms.get(scene.room.id)!
  const isOver = async () => {
    rooms = await read()
    return scenes.every((scene) => lingeringSockets(scene, roomOf(scene)).length === 0)
  }
  // If that does not happen, the check below reports the lingering sockets with their schedule.
  await observer.until(isOver).catch(() => undefined)
  for (const scene of scenes) {
    const room = roomOf(scene)
    try {
      checkLog(room)
      checkAnswers(scene, room)
      checkKeptOut(scene, room)
      checkPushes(scene, room)
      expect(lingeringSockets(scene, room)).toEqual([])
    } catch (cause) {
      throw new Error(explain(scene, room), { cause })
    }
  }
}

/** Makes a user with a socket that stays open. */
async function enter(chat: Chat): Promise<Player> {
  const user = await chat.register()
  return { user, socket: await user.connect() }
}

/** Each user plays each part in turn. */
function castFrom(players: readonly Player[], index: number): Scene['players'] {
  const at = (offset: number) => players[(index * 3 + offset) % players.length]!
  return { owner: at(0), moderator: at(1), member: at(2), outsider: at(3) }
}

function packRounds(schedules: readonly Schedule[]): Schedule[][] {
  const rounds: Schedule[][] = [[]]
  for (const schedule of schedules) {
    const round = rounds.at(-1)!
    const operations = [...round, schedule].flatMap((one) => one.operations).length
    if (round.length < roomsAtOnce && operations < poolSize) round.push(schedule)
    else rounds.push([schedule])
  }
  return rounds
}

/** Starts everything while the rooms are held, and releases them when all operations wait or are answered. */
async function play(
  { chat, observer, queues }: { chat: Chat; observer: Observer; queues: boolean },
  scenes: readonly Scene[],
): Promise<void> {
  const ids = scenes.map(({ room }) => room.id)
  await using _barrier = await Barrier.hold(chat.database, 'rooms where id = any($1)', ids)
  let started = 0
  for (let step = 0; step < 6; step++) {
    for (const scene of scenes) {
      const { order, operations } = scene.schedule
      const [from, to] =
        order === 'queued' ? [step, step + 1] : step === 0 ? [0, operations.length] : [0, 0]
      scene.start(from, to)
      started += operations.slice(from, to).length
    }
    const all = started
    await observer.until(async () => {
      const waiting = await observer.readWaiting()
      if (!queues) return answered(scenes) + waiting.length >= all
      const connects = waiting.filter((statement) => statement.includes('connect_v'))
      return (
        answered(scenes) +
          (waiting.length - connects.length) +
          total(scenes, ({ openSends }) => Math.max(0, openSends - 1)) +
          // The sockets share these statements or wait for them, so the number of statements does not tell how many
          // sockets wait.
          (connects.length > 0 ? total(scenes, ({ openConnects }) => openConnects) : 0) >=
        all
      )
    })
  }
}

function answered(scenes: readonly Scene[]): number {
  return total(scenes, (scene) => scene.answered)
}

function total(scenes: readonly Scene[], count: (scene: Scene) => number): number {
  return scenes.reduce((sum, scene) => sum + count(scene), 0)
}

/** Resolves when everything is answered, done and sent. */
async function settle(
  observer: Observer,
  players: readonly Player[],
  scenes: readonly Scene[],
): Promise<void> {
  const all = scenes.reduce((sum, { played }) => sum + played.length, 0)
  await observer.until(async () => {
    await observer.countWaiting()
    return answered(scenes) === all
  })
  // This runs twice: what the server had received at the first pong has sent its statement by the second.
  for (let time = 0; time < 2; time++) {
    await Promise.all(players.map(({ socket }) => socket.settle()))
    await observer.quiet()
  }
  await Promise.all(players.map(({ socket }) => socket.settle()))
}

/**
 * Removes the scenes, because many rooms would slow down each user's next socket. Only this locks rooms before
 * connections, so it waits for the last $disconnect.
 */
async function strike(
  observer: Observer,
  players: readonly Player[],
  scenes: readonly Scene[],
): Promise<void> {
  await Promise.all(scenes.flatMap(({ sockets }) => sockets.map((socket) => socket.close())))
  await observer.until(async () => {
    const open = await observer.query('select id from connections')
    return open.length === players.length
  })
  await observer.query('delete from rooms where id = any($1)', [scenes.map(({ room }) => room.id)])
  for (const { socket } of players) socket.received.length = 0
}

function explain(scene: Scene, room: unknown): string {
  const { index, schedule, played, players } = scene
  const ids = Object.entries(players).map(([part, { user }]) => `${part} ${user.id}`)
  return [
    `schedule ${index}, RACE_SEED=${seed} RACE_SCHEDULES=${count}: ${ids.join(', ')}`,
    `${schedule.kind}, ${schedule.order}`,
    ...played.map(({ operation, outcome }) => {
      const came =
        outcome?.kind === 'http'
          ? `${outcome.answer.status} ${outcome.answer.text.slice(0, 200)}`
          : outcome?.kind === 'socket'
            ? JSON.stringify(outcome.frame)
            : outcome?.kind === 'refused'
              ? `refused ${outcome.status}`
              : outcome?.kind
      return `${JSON.stringify(operation)} → ${came}`
    }),
    JSON.stringify(room),
  ].join('\n')
}
