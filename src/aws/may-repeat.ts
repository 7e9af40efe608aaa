/** Database functions that only read, in all their versions. */
export const readingFunctions: ReadonlySet<string> = new Set([
  'access_room',
  'are_apart',
  'audience',
  'audience_page',
  'is_blocked',
  'is_online',
  'log',
  'message_page',
  'online_members',
  'partner_connections',
  'reactions',
  'recipients',
  'sees_read',
  'taken_back',
  'tokens_left',
  'unread',
  'unread_notifications',
  'users_named',
])

/**
 * Database functions that write, but for which a second call with the same arguments does no harm, whatever became of
 * the first. docs/data-api.md gives the reason for each.
 */
export const repeatableFunctions: ReadonlySet<string> = new Set([
  'charge_caller',
  'disconnect',
  'fan_out',
  'heads',
  'index_words',
  'locked_audience_page',
  'mark_read',
  'notified_page',
  'read',
  'send_messages',
  'session_status',
  'typing',
])

/**
 * Whether a statement may be sent again when it is unknown whether it was executed. Reads may, and calls of the
 * functions above. A statement that is not recognized may not.
 */
export function mayRepeat(sql: string): boolean {
  if (!/^\s*(select|with)\b/i.test(sql)) return false
  if (/\b(insert\s+into|delete\s+from|merge\s+into|update\s+\S+\s+(\w+\s+)?set)\b/i.test(sql)) {
    return false
  }
  const called = Array.from(sql.matchAll(/\b([a-z_]+)_v\d+\s*\(/g), ([, name]) => name ?? '')
  return called.every((name) => readingFunctions.has(name) || repeatableFunctions.has(name))
}
