/** Plans that a session of the database has made while there were few rows, and keeps when there are many. */
import { expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import { createTestDatabase } from '../support/database.ts'
import { type ExecutedPlan, explainTo, readsOf } from '../support/explaining-client.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const crowd = 1_000

test('[W1] a connect, a send and a disconnect read no sockets of others, also in a crowd that came since the server started', async () => {
  await using database = await createTestDatabase()
  const plans: ExecutedPlan[] = []
  await using server = await startTestServer({
    database,
    Client: explainTo(plans, 'auto'),
    poolSize: 1,
  })
  const user = await server.register()
  const room = await user.createRoom()
  await using client = await openDatabase(server)
  await client.execute('vacuum analyze connections')
  const comeAndGo = async (text?: string) => {
    const socket = await openSocket(user)
    if (text !== undefined)
      await socket.ask({ action: 'sendmessage', room_id: room.id, message: text })
    const before = plans.length
    await socket.close()
    await expect.poll(() => plans.slice(before).some(isDisconnect)).toBe(true)
  }
  // PostgreSQL keeps a plan from the sixth call on.
  for (let n = 0; n < 6; n++) await comeAndGo()
  await client.execute(
    `with others as (
       insert into users (username, password_hash) select 'other_' || n, '' from generate_series(1, ${crowd}) n
       returning id),
     opened as (
       insert into sessions (user_id, expires_at, refresh_family)
         select id, now() + interval '1 day', 'family ' || id from others returning id, user_id)
     insert into connections (id, user_id, session_id, simple, expires_at)
       select 'socket ' || id, user_id, id, false, now() + interval '1 hour' from opened`,
  )
  plans.length = 0
  // PostgreSQL plans the send now, by statistics that say that nobody is connected.
  await comeAndGo('hello')
  expect(plans.some(({ query }) => query.includes('from send_messages_v'))).toBe(true)
  const reads = plans.flatMap(readsOf).filter(({ table, rows, index, query }) => {
    // A plan that joins two indexes shows only the rows that are in both.
    const isByTime = index?.includes('connections_expires') && !isSweep(query)
    return table === 'connections' && (rows > 50 || isByTime)
  })
  expect(reads).toEqual([])
}, 60_000)

/** It reads the sockets that have expired. */
const isSweep = (query: string) => query.startsWith('delete from connections c where c.id = any')
const isDisconnect = ({ query }: ExecutedPlan) => query.includes('from disconnect_v')
