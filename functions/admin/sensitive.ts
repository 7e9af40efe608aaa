/**
 * Sensitive actions: they give or take rights, open private messages, or cannot be undone. They need a password that the
 * admin gave within the last 15 minutes (adminPasswordSeconds). The paths are those of the routes, with the name of the
 * action in place of `:action`.
 */

/** The password is needed before the form is shown, and again when the form is sent late. */
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

/** The password is needed when the form is sent. Any admin may look at its page without it. */
export const sensitiveSends: readonly string[] = [
  '/admin/users/selected',
  '/admin/reports/selected',
  '/admin/rooms/selected',
  '/admin/rooms/:id/open',
  // A new member can read the room. An admin could add themself.
  '/admin/rooms/:id/members',
  '/admin/reports/:id',
  '/admin/reports/:id/context',
  '/admin/second-factor/begin',
  // This page shows the secret again.
  '/admin/second-factor/confirm',
  '/admin/second-factor/codes',
  '/admin/second-factor/off',
]

/** The password is needed before the download. */
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
