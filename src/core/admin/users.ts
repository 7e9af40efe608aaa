import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import { hasSecondFactor } from '../accounts/has-second-factor.ts'
import { suspendedSince } from '../identity/suspension.ts'
import { noSuchUser } from '../errors.ts'
import { beginsWith, foldEmail, foldName, foldText } from '../names/fold-case.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { chosenIds } from './chosen-ids.ts'

/** A user in the form that admins see in a list. */
export interface ListedUser {
  readonly id: number
  readonly username: string
  readonly display_name: string | null
  readonly email: string | null
  readonly is_admin: boolean
  readonly created_at: Date
  /** null: the user is not suspended, or not any more. */
  readonly suspended_at: Date | null
  /** The end of the suspension; null: until an admin ends it. */
  readonly suspended_until: Date | null
}

/** A user in the form that admins see on the user's page: figures, and none of the user's messages. */
export interface ShownUser extends ListedUser {
  readonly email_verified_at: Date | null
  readonly bio: string
  readonly suspension_reason: string | null
  readonly has_second_factor: boolean
  /** When a session or connection of the user was last used; null if there is none. */
  readonly last_active_at: Date | null
  readonly sessions: number
  readonly sockets: number
  readonly rooms: number
}

const columns = [
  'id',
  'username',
  'display_name',
  'email',
  'is_admin',
  'created_at',
  'suspended_until',
] as const

const listed = [...columns, suspendedSince('users').as('suspended_at')] as const

/**
 * Users, the newest first: all of them, or those whose username, display name or email address begins with `search`.
 */
export async function listUsersForAdmin(
  db: Db,
  search: string | undefined,
  request: PageRequest,
): Promise<ListPage<ListedUser>> {
  const { position, order, limit } = seek('id', 'desc', request)
  const rows = await db
    .selectFrom(search === undefined ? selectUsers(db).as('u') : selectFound(db, search).as('u'))
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([...columns, 'suspended_at'])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    (row) => row,
  )
}

/** The given users whose account is not deleted, the newest first. */
export async function findUsers(db: Db, ids: readonly number[]): Promise<ListedUser[]> {
  return await selectUsers(db).where('id', 'in', chosenIds(ids)).orderBy('id', 'desc').execute()
}

function selectUsers(db: Db) {
  return db.selectFrom('users').where('deleted_at', 'is', null).select(listed)
}

/**
 * Each column reads a range of its own index, and the union is made first. So the cost depends only on the number of
 * matches.
 */
function selectFound(db: Db, search: string) {
  const begins = (column: string, fold: typeof foldName) =>
    beginsWith(fold(sql.ref(column)), fold(sql.val(search)))
  return selectUsers(db)
    .where(begins('username', foldName))
    .union(
      selectUsers(db).where('display_name', 'is not', null).where(begins('display_name', foldText)),
    )
    .union(selectUsers(db).where(begins('email', foldEmail)))
}

export async function getUser(db: Db, userId: number): Promise<ShownUser> {
  const user = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .select((eb) => [
      ...listed,
      'email_verified_at',
      'bio',
      'suspension_reason',
      hasSecondFactor('users').as('has_second_factor'),
      sql<Date | null>`greatest(
        (select max(s.used_at) from sessions s where s.user_id = ${userId}),
        (select max(c.seen_at) from connections c where c.user_id = ${userId}))`.as(
        'last_active_at',
      ),
      eb
        .selectFrom('sessions')
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', sql<Date>`now()`)
        .select((of) => of.fn.countAll<number>().as('count'))
        .$asScalar()
        .$notNull()
        .as('sessions'),
      eb
        .selectFrom('connections')
        .where('user_id', '=', userId)
        .where('expires_at', '>', sql<Date>`now()`)
        .select((of) => of.fn.countAll<number>().as('count'))
        .$asScalar()
        .$notNull()
        .as('sockets'),
      eb
        .selectFrom('memberships')
        .innerJoin('rooms', 'rooms.id', 'memberships.room_id')
        .where('memberships.user_id', '=', userId)
        .where('rooms.deleted_at', 'is', null)
        .select((of) => of.fn.countAll<number>().as('count'))
        .$asScalar()
        .$notNull()
        .as('rooms'),
    ])
    .executeTakeFirst()
  if (!user) throw noSuchUser()
  return user
}
