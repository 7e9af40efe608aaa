/** What the other servers share: the tables, the check of a token, and the page of a room's history. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'

/** One room, one user, one table of messages. There is no membership, no limit and no log. */
export const schema = `
  create table users (id bigint primary key, username text not null unique);
  create table rooms (id bigint primary key, name text not null unique);
  create table messages (
    id bigint generated always as identity primary key,
    room_id bigint not null references rooms,
    user_id bigint not null references users,
    text text not null,
    created_at timestamptz not null default now()
  );
  create index messages_room on messages (room_id, id);
  insert into users select n, 'u' || n from generate_series(1, 1000) n;
  insert into rooms select n, 'r' || n from generate_series(1, 20) n;
  insert into rooms values (21, 'history');
  insert into messages (room_id, user_id, text)
    select 21, 1 + n % 1000, 'message ' || n || ' ' || repeat('x', 80) from generate_series(1, 1000) n`

const secret = 'a secret of the benchmark'

export function tokenOf(user: number): string {
  return `${user}.${createHmac('sha256', secret).update(String(user)).digest('base64url')}`
}

export function userOf(token: string): number | undefined {
  const user = Number(token.split('.')[0])
  const [given, right] = [Buffer.from(token), Buffer.from(tokenOf(user))]
  return given.length === right.length && timingSafeEqual(given, right) ? user : undefined
}

export interface Store {
  roomId(name: string): Promise<number | undefined>
  /** Returns the message's id and time when it is committed. */
  insert(roomId: number, userId: number, text: string): Promise<{ id: string; created_at: Date }>
  /** Returns the newest 50 messages of a room. */
  page(roomId: number): Promise<unknown[]>
}

/** Opens the database of the variable PEER_DATABASE, which has pg.Pool's options. */
export function openStore(): Store {
  const config = JSON.parse(process.env['PEER_DATABASE'] ?? '{}') as object
  const pool = new Pool({ ...config, max: 10 })
  const ids = new Map<string, number>()
  return {
    async roomId(name) {
      const known = ids.get(name)
      if (known !== undefined) return known
      const { rows } = await pool.query<{ id: string }>('select id from rooms where name = $1', [
        name,
      ])
      if (rows[0]) ids.set(name, Number(rows[0].id))
      return ids.get(name)
    },
    async insert(roomId, userId, text) {
      const { rows } = await pool.query<{ id: string; created_at: Date }>({
        name: 'insert',
        text: 'insert into messages (room_id, user_id, text) values ($1, $2, $3) returning id, created_at',
        values: [roomId, userId, text],
      })
      return rows[0]!
    },
    async page(roomId) {
      const { rows } = await pool.query<object>({
        name: 'page',
        text: `select m.id, u.username, m.text, m.created_at from messages m join users u on u.id = m.user_id
          where m.room_id = $1 order by m.id desc limit 50`,
        values: [roomId],
      })
      return rows.toReversed()
    },
  }
}

/** Serves GET /page to callers with a token. */
export function createPageServer(store: Store): Server {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const isKnown = userOf(token) !== undefined
    const body = JSON.stringify(isKnown ? await store.page(21) : { error: 'log in' })
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(body)
  }
  return createServer((request, response) => void answer(request, response))
}

/** Prints the address when the server listens. Ends with the process that started it. */
export function listen(server: Server): void {
  process.on('disconnect', () => process.exit())
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
    const { port } = server.address() as AddressInfo
    process.stdout.write(`http://127.0.0.1:${port}\n`)
  })
}
