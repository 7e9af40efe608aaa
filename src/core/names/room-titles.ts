import { type RawBuilder, sql } from 'kysely'

/** [A5] Of a direct chat whose other one has deleted their account. */
export const titleWithoutPartner = 'Deleted account'

/** What a direct chat is called: what the other one is called, in the row of a user with this alias. */
export function directTitle(alias: 'u' | 'partner') {
  return sql`coalesce(${sql.ref(`${alias}.display_name`)}, ${sql.ref(`${alias}.username`)}, ${titleWithoutPartner})`
}

/** What a room `r` is called for one of its members: a direct chat, what the other one is called. */
export function memberTitle(userId: RawBuilder<unknown>) {
  return sql`case when r.kind = 'direct' then coalesce((
      select ${directTitle('partner')}
        from memberships o left join users partner on partner.id = o.user_id and partner.deleted_at is null
       where o.room_id = r.id and o.user_id <> ${userId} limit 1), ${titleWithoutPartner})
    else r.title end`
}
