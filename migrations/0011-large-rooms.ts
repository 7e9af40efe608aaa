/** What a room of thousands of members asks: who is pushed to, who owns it, and which sockets are its own. */
export const statements = [
  // Who is sent an event of a room: the sockets of its members that are subscribed to it, in pages.
  // Membership counts, not the subscription: a subscription left over from a race shows nothing.
  // "offset 0" keeps the planner from joining members and their connections first, and without bitmap
  // scans it reads subscriptions in the order of their index: whatever the size of the room, and
  // whatever its statistics say, a page costs two look-ups for each of its rows, and no more.
  `create or replace function recipients_v1(p_room_id bigint, p_after text, p_with_simple boolean, p_limit bigint)
  returns table (connection_id text, simple boolean) language sql stable set enable_bitmapscan = off as $$
    select s.connection_id, c.simple
      from (select x.connection_id from subscriptions x
             where x.room_id = p_room_id and x.connection_id > p_after
             order by x.connection_id offset 0) s
      cross join lateral (
        select k.user_id, k.simple from connections k
         where k.id = s.connection_id and k.expires_at > now() and (p_with_simple or not k.simple)
        offset 0) c
     where exists (
       select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
     order by s.connection_id
     limit p_limit
  $$`,
  // Whether a room has another owner, when one leaves or is given another role.
  `create index memberships_owner on memberships (room_id) where role = 'owner'`,
  // The one-room sockets of a room, when it is deleted.
  `create index connections_room on connections (room_id) where room_id is not null`,
]
