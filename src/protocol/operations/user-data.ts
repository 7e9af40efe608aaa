import { exportPage, exportQuery } from '../exports.ts'
import { passwordLinkRequest, passwordSet } from '../password-links.ts'
import { defineOperation } from './operation.ts'

export const usePasswordLink = defineOperation({
  method: 'POST',
  path: '/api/password-link/',
  tag: 'Accounts',
  rule: 'A9',
  summary: 'Set a new password with a link from an admin',
  description:
    'The link works once, within 24 hours. All sessions of the user end. A suspended user stays suspended. A link that was used or replaced or has expired gets the same answer as a link that never existed.',
  isOpen: true,
  addressLimit: 'login',
  body: passwordLinkRequest,
  example: {
    token: 'Zm9yIG9uZSB1c2UsIHdpdGhpbiAyNCBob3VycyBvbmx5',
    new_password: 'quite another one',
  },
  responses: {
    200: { description: 'The names of the user whose password is set', schema: passwordSet },
  },
  problems: {
    bad_request: 'the new password is the username, or one of the most common passwords',
    not_found: 'the link is not valid',
  },
})

export const exportData = defineOperation({
  method: 'GET',
  path: '/api/users/me/export/',
  tag: 'Accounts',
  rule: 'A10',
  summary: "Export the caller's data",
  description:
    'The export comes in pages of up to 500 rows and 256 KB. Read `next` until it is null, and join the lists of the same name. The export does not contain what other users wrote.',
  userLimit: 'exports',
  query: exportQuery,
  responses: { 200: { description: 'A page of the export', schema: exportPage } },
})
