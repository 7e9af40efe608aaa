import { sql } from 'kysely'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { Db } from '../database/database.ts'

/** Figures are counted up to this number, so that their cost does not grow with the data. */
export const figureMax = 100_000

export interface Figures {
  readonly users: number
  readonly usersThisWeek: number
  readonly publicRooms: number
  readonly privateRooms: number
  readonly directChats: number
  readonly messagesToday: number
  readonly messagesThisWeek: number
  readonly sockets: number
  readonly openReports: number
}

type Query = ReturnType<typeof sql>

function count(rows: Query): Query {
  return sql`(select count(*) from (${rows} limit ${sql.lit(figureMax + 1)}) counted)`
}

function rooms(kind: RoomKind): Query {
  return count(sql`select from rooms where kind = ${sql.lit(kind)} and deleted_at is null`)
}

function messages(days: number): Query {
  return count(
    sql`select from messages where created_at > now() - make_interval(days => ${sql.lit(days)})`,
  )
}

/** Cases of reports that wait for an admin. */
const openReports = count(sql`select from report_cases where handled_at is null`)

/** The figures of the overview, in one statement. Each is a number that an index counts. A week is the last 7 days. */
export async function readFigures(db: Db): Promise<Figures> {
  const { rows } = await sql<Figures>`
    select ${count(sql`select from users where deleted_at is null`)} as "users",
           ${count(sql`select from users where deleted_at is null
              and created_at > now() - make_interval(days => 7)`)} as "usersThisWeek",
           ${rooms('public')} as "publicRooms",
           ${rooms('private')} as "privateRooms",
           ${rooms('direct')} as "directChats",
           ${messages(1)} as "messagesToday",
           ${messages(7)} as "messagesThisWeek",
           ${count(sql`select from connections where expires_at > now()`)} as "sockets",
           ${openReports} as "openReports"`.execute(db)
  return rows[0]!
}
