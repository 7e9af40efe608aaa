/**
 * The index of subscriptions by connection finds rows by their key and has no order. With the B-tree before it, a plan
 * that was made while there were no subscriptions could read those of all rooms to find the sockets of one room.
 */
export const statements = [
  `drop index subscriptions_connection`,
  // The subscriptions of a connection, when it is removed.
  `create index subscriptions_connection on subscriptions using hash (connection_id)`,
]
