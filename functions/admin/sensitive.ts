/**
 * What an admin does only with a password that was given within the last 15 minutes (adminPasswordSeconds): what gives
 * or takes power, opens what is private, or cannot be undone. Paths are those that the routes are registered with, and
 * `:action` is replaced by what is done.
 */

/** Asked before the form is shown, and once more when it is sent late. */
export const sensitiveForms: readonly string[] = [
  '/admin/users/:id/suspend',
  '/admin/users/:id/make_admin',
  '/admin/users/:id/unmake_admin',
  '/admin/users/:id/remove_second_factor',
  '/admin/users/:id/password-link',
  '/admin/users/:id/export',
  '/admin/users/:id/erase',
  '/admin/rooms/:id/delete',
  '/admin/rooms/:id/members/:user_id/hand_over',
]

/** Asked when the form is sent: its page is also for looking. */
export const sensitiveSends: readonly string[] = [
  '/admin/users/selected',
  '/admin/reports/selected',
  '/admin/rooms/selected',
  '/admin/rooms/:id/open',
  // Whoever is added reads the room: an admin, too.
  '/admin/rooms/:id/members',
  '/admin/reports/:id',
  '/admin/reports/:id/context',
  '/admin/second-factor/begin',
  // It shows the secret once more.
  '/admin/second-factor/confirm',
  '/admin/second-factor/codes',
  '/admin/second-factor/off',
]

/** Asked before the file is given. */
export const sensitiveFiles: readonly string[] = ['/admin/users/:id/export/file']

const forms = new Set(sensitiveForms)
const files = new Set(sensitiveFiles)
const sends = new Set(sensitiveSends)

export function isSensitive(
  method: 'GET' | 'POST',
  path: string,
  action: string | undefined,
): boolean {
  const named = action === undefined ? path : path.replace(':action', action)
  return forms.has(named) || (method === 'POST' ? sends : files).has(named)
}
