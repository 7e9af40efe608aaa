/**
 * Defects that a developer could introduce. Each changes a few places of the source. `plant.ts` makes the change while
 * the module is loaded, so the product itself has no switches. The model test has to find each of them.
 *
 * A user can notice each of them. Defects that no user can notice are not in the list, such as `unread` in the answer
 * to `read`, which no page uses.
 */
export interface Mutant {
  /** What is wrong, for the reader of the table. */
  readonly name: string
  readonly changes: readonly Change[]
}

export interface Change {
  /** The path from the project's root. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly put: string
}

const membership = 'migrations/functions/membership.ts'
const sendQueue = 'src/core/messages/send-queue.ts'
const replay = 'src/core/log/replay.ts'
const outbox = 'src/client/core/outbox.ts'
const rooms = 'src/client/core/rooms.ts'
const window = 'src/client/core/room-window.ts'

/** The database does not look for repeats, and its unique index does not keep them out. */
const storesRepeats: readonly Change[] = [
  {
    file: 'migrations/functions/send.ts',
    find: `          select * from messages o
           where o.room_id = g.room_id and o.user_id = g.user_id and o.client_id = g.client_id
          offset 0) d on true`,
    put: `          select * from messages o where false
          offset 0) d on true`,
  },
  {
    file: 'migrations/functions/send.ts',
    find: 'o.text, o.client_id, o.reply_to, o.created_at',
    put: `o.text,
               (select o.client_id where not exists (
                  select from messages m
                   where m.room_id = o.room_id and m.user_id = o.user_id and m.client_id = o.client_id)),
               o.reply_to, o.created_at`,
  },
]

export const mutants: readonly Mutant[] = [
  // Defects of the server.
  {
    name: 'writers do not lock the room',
    changes: [
      {
        file: membership,
        find: 'r.deleted_at is null for no key update;\n    return found;',
        put: 'r.deleted_at is null;\n    return found;',
      },
      {
        file: 'migrations/functions/send.ts',
        find: 'where r.id = any (v_room_ids) and r.deleted_at is null order by r.id for no key update;',
        put: 'where false;',
      },
      {
        file: 'migrations/functions/send.ts',
        find: 'where r.id = v_before.room_id and r.deleted_at is null for no key update;',
        put: 'where r.id = v_before.room_id and r.deleted_at is null;',
      },
      {
        file: 'migrations/functions/log.ts',
        find: `update rooms r
       set last_seq = r.last_seq + 1, last_event_at = greatest(r.last_event_at, clock_timestamp())
     where r.id = p_room_id
    returning r.last_seq, r.last_event_at into seq, at;`,
        put: `select r.last_seq + 1, clock_timestamp() into seq, at from rooms r where r.id = p_room_id;
    update rooms r set last_seq = next_seq_v1.seq, last_event_at = next_seq_v1.at where r.id = p_room_id;`,
      },
    ],
  },
  {
    name: 'a send is acknowledged before it is committed',
    changes: [
      {
        file: sendQueue,
        find: 'for (const waiting of batch) waiting.reject(error)',
        put: `for (const { resolve, send } of batch) {
          const message = { room_id: send.roomId, seq: 1, id: 1, timestamp: new Date().toISOString() }
          resolve({ message, isDuplicate: true, isSimple: false, sendsLeft: 1, roomTitle: null } as never)
        }`,
      },
    ],
  },
  { name: 'a repeated send is stored again', changes: storesRepeats },
  {
    name: 'repeats are known in the memory of one process only',
    changes: [
      ...storesRepeats,
      {
        file: sendQueue,
        find: `  return {
    send: async (send) => {
      const roomId`,
        put: `  const remembered = new Map<string, Promise<Sent>>()
  return {
    async send(send) {
      const key = JSON.stringify([roomOf(send), send.clientId])
      const before = remembered.get(key)
      if (before) return { ...(await before), isDuplicate: true }
      const sent = this.store(send)
      remembered.set(key, sent)
      sent.catch(() => remembered.delete(key))
      return await sent
    },
    store: async (send) => {
      const roomId`,
      },
    ],
  },
  {
    name: 'resume is off by one',
    changes: [
      {
        file: replay,
        find: 'log_v1(r.id, c.user_id, p.seq, p.count) l',
        put: 'log_v1(r.id, c.user_id, p.seq + 1, p.count) l',
      },
    ],
  },
  {
    name: 'a resync is forgotten where a room misses too much',
    changes: [
      {
        file: replay,
        find: "else if (last - after > replayMaxOfRoom) resync(room_id, 'too_many')",
        put: 'else if (last - after > replayMaxOfRoom) continue',
      },
    ],
  },
  {
    name: 'a push that meets 410 forgets young connections',
    changes: [
      {
        file: 'migrations/functions/sockets.ts',
        find: 'c.connected_at < now() - make_interval(secs => p_gone_seconds)',
        put: 'c.connected_at <= now()',
      },
    ],
  },
  {
    name: 'who joins gets nothing on sockets that are open',
    changes: [
      {
        file: membership,
        find: 'where c.user_id = p_user_id and c.room_id is null and c.expires_at > now()\n         for key share skip locked',
        put: 'where false',
      },
    ],
  },
  {
    name: 'who was removed still gets events',
    changes: [
      {
        file: membership,
        find: 'where c.user_id = p_user_id\n           for update of x skip locked',
        put: 'where false',
      },
      {
        file: 'migrations/functions/push.ts',
        find: `k.expires_at > now() and (p_with_simple or not k.simple)
          offset 0) c
       where exists (
         select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
       order by s.connection_id
       limit p_limit;
  end $$\`,

  // Returns the recipients of an event that`,
        put: `k.expires_at > now() and (p_with_simple or not k.simple)
          offset 0) c
       order by s.connection_id
       limit p_limit;
  end $$\`,

  // Returns the recipients of an event that`,
      },
    ],
  },
  {
    name: 'a deleted message stays unread',
    changes: [
      {
        // `unread_v1` has the same line, but its count only reaches the answer to `read`, which this client computes by
        // itself.
        file: 'src/core/rooms/find-rooms.ts',
        find: 'and newest.deleted_at is null',
        put: '',
      },
    ],
  },

  // Defects of the client.
  {
    name: 'the client looks for no gaps',
    changes: [
      {
        file: rooms,
        find: 'const isBehind = known > applied && (window !== null || turn.listing === null)',
        put: 'const isBehind = false',
      },
    ],
  },
  {
    name: 'the client shows events as they come',
    changes: [{ file: rooms, find: 'if (event.seq > room.applied + 1) break', put: '' }],
  },
  {
    name: 'events during a fetch are forgotten',
    changes: [
      {
        file: rooms,
        find: 'room.since = isFetching(turn, id) ? [...room.since, ...events].slice(-sinceMax) : []',
        put: 'room.since = []',
      },
      {
        file: rooms,
        find: 'if (later.length < applied - position) {',
        put: 'if (later.length < 0) {',
      },
    ],
  },
  {
    name: 'what a page and a push bring is shown twice',
    changes: [
      {
        file: window,
        find: 'if (window.messages[at]?.seq === message.seq) return window',
        put: '',
      },
    ],
  },
  {
    name: 'the client does not look at where rooms stand',
    changes: [{ file: rooms, find: 'if (!room || seq <= room.known) return', put: 'return' }],
  },
  {
    name: 'a deleted message leaves the count of unread ones as it was',
    changes: [
      {
        file: rooms,
        find: "event.type === 'message.deleted' && !!room.unread && event.message_seq > markerIn(room)",
        put: 'event.seq < 0 && room.id < 0',
      },
    ],
  },
  {
    name: 'the outbox forgets at a reload',
    changes: [{ file: outbox, find: 'turn.outbox = [...own, ...turn.outbox]', put: '' }],
  },
  {
    name: 'a send is taken as sent when it is written',
    changes: [
      {
        file: outbox,
        find: "change(turn, clientId, { status: 'sending', error: null })\n    setTimer(turn, `ack:${roomId}`, ackMs)",
        put: "change(turn, clientId, { status: 'sent', seq: 0 })\n    forget(turn, clientId)",
      },
    ],
  },
  {
    name: 'a repeated send gets another client_id',
    changes: [
      {
        file: outbox,
        find: "change(turn, clientId, { status: 'waiting' })",
        put: "change(turn, clientId, { status: 'waiting', clientId: `${clientId}-again` })",
      },
    ],
  },
  {
    name: 'sends of a room do not wait for each other',
    changes: [
      {
        file: outbox,
        find: "status === 'failed' || busy.has(roomId)) continue",
        put: "status === 'failed' || turn.held.has(roomId)) continue",
      },
    ],
  },
  {
    // The timer would send it again 15 s later. A client that keeps the timer is late, but ends in the same state.
    name: 'after a lost socket what was on its way waits for ever',
    changes: [
      {
        file: outbox,
        find: "    change(turn, clientId, { status: 'waiting' })\n    setTimer(turn, `ack:${roomId}`, null)",
        put: '    setTimer(turn, `ack:${roomId}`, null)',
      },
    ],
  },
  {
    name: 'two refreshes go on at once, and tabs do not look at each other',
    changes: [
      {
        file: 'src/client/session.ts',
        find: 'if (isStored && stored.access && stored.until !== before.until) {',
        put: 'if (!isStored && stored?.access && stored.until !== before.until) {',
      },
      {
        file: 'src/client/session.ts',
        find: 'refreshing ??= lock(async () => await refreshOnce(before))',
        put: 'refreshing = refreshOnce(before)',
      },
    ],
  },
]
