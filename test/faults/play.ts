/** Does what a schedule says. Many of these actions are refused, or have no target. */
import { pick } from '../support/chance.ts'
import { sql } from 'kysely'
import type { FaultKind } from './faults.ts'
import type { Device } from './device.ts'
import type { Action, Schedule } from './schedule.ts'
import type { World } from './world.ts'

const emojis = ['👍', '🎉']

/** Plays the schedule, ends all faults, and waits for as long as the rules of the clients need. */
export async function play(world: World, { steps, ending }: Schedule): Promise<void> {
  for (const { do: action, waitMs } of steps) {
    act(world, action)
    await world.clock.advance(waitMs)
  }
  // When connections were aged by hours more than once, the server sees them as expired while the network still has
  // them open.
  const isAged = steps.some(({ do: action }) => action.type === 'rotate')
  await calm(world, ending, isAged)
}

/**
 * A client asks for the state of its rooms every 300 s [W3], and waits 10 s for the answer. It waits at most 25 s
 * before it opens another socket, and then asks once more.
 */
const calmMs = 420_000

async function calm(world: World, ending: Schedule['ending'], isAged: boolean): Promise<void> {
  const { clock, faults, devices, gateway } = world
  faults.stop(clock.now)
  for (const device of devices) device.wake(true)
  await clock.advance(20_000)
  // By now everything that was loading has loaded.
  for (const device of devices) device.connect()
  await clock.advance(5_000)
  if (ending === 'asked' && !isAged) await probe(world)
  if (ending === 'cut') gateway.break('cut')
  if (ending === 'untold') for (const id of world.rooms) await world.flood(id, 1, false)
  await clock.advance(calmMs)
}

/** Returns who is in which room. A device may not know yet that its user was removed. */
async function readMembers({ server, rooms }: World): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ room_id: number; user_id: number }>`
    select room_id, user_id from memberships
     where room_id in (select cast(value as bigint)
                         from jsonb_array_elements_text(cast(${JSON.stringify(rooms)} as jsonb)))`.execute(
    server.db,
  )
  return new Set(rows.map(({ room_id, user_id }) => `${room_id} ${user_id}`))
}

/**
 * [W7] No faults are left. So each sent message must be posted to each socket of a member at once, and not be found
 * later.
 */
async function probe(world: World): Promise<void> {
  const { clock, devices, gateway, book } = world
  const isLive = ({ index, client }: Device) =>
    client.connection.get().name === 'connected' && gateway.liveSocketsOf(index).length > 0
  const members = await readMembers(world)
  // A direct chat with a blocked user is not in the list of the user who blocks them [A6].
  const isIn = ({ account, client }: Device, id: number) =>
    members.has(`${id} ${account.id}`) && client.rooms.get()?.some((room) => room.id === id)
  for (const roomId of world.rooms) {
    const there = devices.filter((device) => isLive(device) && isIn(device, roomId))
    const [sender] = there
    if (!sender) continue
    const before = new Set(sender.client.outbox.get().map(({ clientId }) => clientId))
    send(world, sender, roomId, `Is everybody here? ${roomId}`)
    const sent = sender.client.outbox.get().find(({ clientId }) => !before.has(clientId))!
    gateway.watch.expect(sent.clientId)
    const sockets = there.map((device) => [device, gateway.liveSocketsOf(device.index)] as const)
    await clock.advance(1_000)
    const posted = gateway.watch.takeSockets(sent.clientId)
    // It may have to wait for earlier sends that failed.
    const waiting = sender.client.outbox.get().find(({ clientId }) => clientId === sent.clientId)
    if (waiting && waiting.status !== 'sent') continue
    for (const [device, ids] of sockets) {
      if (!ids.some((id) => posted.has(id))) {
        book.found('lost', `"${sent.text}" was not posted to device ${device.index}`)
      }
    }
  }
}

function act(world: World, action: Action): void {
  const { clock, faults, gateway, server, rooms, users, book } = world
  const device =
    'device' in action ? world.devices[action.device % world.devices.length] : undefined
  const roomId = 'room' in action ? rooms[action.room % rooms.length]! : 0
  const whom = 'whom' in action ? users[action.whom % users.length]!.username : ''
  switch (action.type) {
    case 'pushes':
      return faults.arm(`push ${action.what}` as FaultKind, {
        device: device!.index,
        left: action.count,
      })
    case 'requests':
      return faults.arm(action.what, { device: device!.index, left: action.count })
    case 'handlers':
      return faults.arm(action.what, { left: action.count })
    case 'sockets':
      return gateway.break(action.what, device!.index)
    case 'pause':
      faults.count('database paused')
      return server.pauseDatabase(action.ms)
    case 'rotate':
      return server.makeOld()
    case 'flood':
      return void clock.during(() => world.flood(roomId, action.count, action.isPushed))
    default:
  }
  // A sign-out is recorded elsewhere.
  if (!device?.isReady || !device.client.session.get().user) return
  const { client } = device
  const isAboutMessage = 'back' in action && action.type !== 'read'
  const isOnOwn = action.type === 'edit' || (action.type === 'delete' && action.back % 2 === 0)
  const view = (isAboutMessage ? device.show(roomId) : device.open.get(roomId))?.view.get()
  const shown = view?.messages.filter(({ deleted_at }) => !deleted_at) ?? []
  const own = shown.filter(({ user_id }) => user_id === device.account.id)
  const changeable = isOnOwn ? own : shown
  const text = `${device.index}.${book.sends.size}`
  /** A user who joins a room may write at once. */
  const greet = ({ id }: { readonly id: number }) => {
    const isThere = device.isReady && device.client === client && client.session.get().user
    if (isThere && world.chance() < 0.5) send(world, device, id, `${text} is here`)
  }
  const meet = (room: { readonly id: number }) => {
    if (!rooms.includes(room.id)) rooms.push(room.id)
    greet(room)
  }
  const path = { params: { room_id: roomId } }
  const member = { params: { room_id: roomId, username: whom } }
  const seq = 'back' in action ? changeable.at(-1 - (action.back % changeable.length))?.seq : 0
  switch (action.type) {
    case 'send':
      for (let n = 0; n < action.count; n++) send(world, device, roomId, `${text}.${n}`)
      return
    case 'mention':
      return send(world, device, roomId, `@${whom} ${text}`)
    case 'reply':
      return send(world, device, roomId, text, seq)
    case 'edit':
      if (seq) ask(device.show(roomId).edit(seq, `${text} edited`))
      return
    case 'delete':
      if (seq) ask(device.show(roomId).remove(seq))
      return
    case 'react':
      if (seq) ask(device.show(roomId).react(seq, emojis[seq % 2]!, action.on))
      return
    case 'read':
      return device.open.get(roomId)?.markRead(seq)
    case 'open':
      return void device.show(roomId)
    case 'close':
      return device.hide(roomId)
    case 'members':
      return ask(device.show(roomId).loadMembers())
    case 'history': {
      const handle = device.show(roomId)
      if (action.back === 4 && seq) return ask(handle.loadAround(seq))
      return ask(action.back % 2 ? handle.loadBefore() : handle.loadAfter())
    }
    case 'typing':
      return device.open.get(roomId)?.typing()
    case 'retry': {
      const failed = client.outbox.get().find(({ status }) => status === 'failed')
      if (!failed) return
      const handle = device.show(failed.roomId)
      const sent = book.sends.get(failed.clientId)
      if (action.isDiscard) {
        if (sent) sent.isDiscarded = true
        return handle.discard(failed.clientId)
      }
      if (sent) sent.isRetried = true
      return handle.retry(failed.clientId)
    }
    case 'join':
      return ask(client.request('POST /api/rooms/{room_id}/join/', path).then(greet))
    case 'leave':
      return ask(client.request('POST /api/rooms/{room_id}/leave/', path))
    case 'invite':
      return ask(
        client.request('PUT /api/rooms/{room_id}/members/{username}/', { ...member, body: {} }),
      )
    case 'promote':
      return ask(
        client.request('PUT /api/rooms/{room_id}/members/{username}/', {
          ...member,
          body: { role: 'moderator' },
        }),
      )
    case 'remove':
      return ask(client.request('DELETE /api/rooms/{room_id}/members/{username}/', member))
    case 'ban':
      return ask(
        client.request('PUT /api/rooms/{room_id}/bans/{username}/', { ...member, body: {} }),
      )
    case 'lift':
      return ask(client.request('DELETE /api/rooms/{room_id}/bans/{username}/', member))
    case 'make': {
      const kind = action.isPrivate ? 'private' : 'public'
      const body = { title: `Made by ${device.index}`, kind } as const
      return ask(client.request('POST /api/rooms/', { body }).then(meet))
    }
    case 'direct':
      return ask(client.request('POST /api/direct/', { body: { username: whom } }).then(meet))
    case 'rename':
      return ask(
        client.request('PATCH /api/rooms/{room_id}/', {
          ...path,
          body: { title: `Renamed ${book.sends.size}` },
        }),
      )
    case 'destroy':
      return ask(client.request('DELETE /api/rooms/{room_id}/', path))
    case 'notified':
      return ask(client.request('POST /api/notifications/read/', { body: { all: true } }))
    case 'notify':
      return ask(
        client.request('PUT /api/rooms/{room_id}/notify/', {
          ...path,
          body: { notify: pick(world.chance, ['all', 'mentions', 'none']) },
        }),
      )
    case 'block':
      return ask(
        client.request(`${action.on ? 'PUT' : 'DELETE'} /api/users/me/blocks/{username}/`, {
          params: { username: whom },
        }),
      )
    case 'sign in again':
      return ask(device.signInAgain())
    case 'reload':
      return void device.reload(action.isKilled)
    case 'sleep':
      if (action.sockets !== 'kept') gateway.break(action.sockets, device.index)
      device.sleep()
      if (action.flood) void clock.during(() => world.flood(roomId, action.flood, false))
      clock.schedule(() => device.wake(action.isCounted), action.ms)
      return
    case 'offline':
      client.disconnect()
      return
    case 'wake':
      device.connect()
      return client.wake()
  }
}

/** A refused or unanswered request changes nothing here. */
const ask = (work: Promise<unknown>) => void work.catch(() => undefined)

function send(
  { book }: World,
  device: Device,
  roomId: number,
  text: string,
  replyTo?: number,
): void {
  const handle = device.show(roomId)
  const clientId = handle.send(text, replyTo === undefined ? {} : { replyTo })
  const { index, account } = device
  book.sent({ clientId, device: index, userId: account.id, roomId, text })
}
