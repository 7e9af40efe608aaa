import { exportPage, exportQuery } from '../exports.ts'
import { passwordLinkRequest, passwordSet } from '../password-links.ts'
import { defineOperation } from './operation.ts'

export const usePasswordLink = defineOperation({
  method: 'POST',
  path: '/api/password-link/',
  tag: 'Accounts',
  rule: 'A9',
  summary: "Set a new password by an admin's link",
  description:
    'The link is good once, and for 24 hours. All sessions of the user end. Whoever is suspended stays so. A link that was used, replaced or has expired answers as one that there never was.',
  isOpen: true,
  addressLimit: 'login',
  body: passwordLinkRequest,
  example: {
    token: 'Zm9yIG9uZSB1c2UsIHdpdGhpbiAyNCBob3VycyBvbmx5',
    new_password: 'quite another one',
  },
  responses: { 200: { description: 'It is set', schema: passwordSet } },
  problems: {
    bad_request: 'the new password is the username or among the most common ones',
    not_found: 'the link is not good, or not any more',
  },
})

export const exportData = defineOperation({
  method: 'GET',
  path: '/api/users/me/export/',
  tag: 'Accounts',
  rule: 'A10',
  summary: "Export the caller's data",
  description:
    'In pages: each has up to 500 rows and 256 KB. Ask for `next` until it is null, and join the lists of the same name. What others wrote is not in it.',
  userLimit: 'exports',
  query: exportQuery,
  responses: { 200: { description: 'A page of the export', schema: exportPage } },
})
