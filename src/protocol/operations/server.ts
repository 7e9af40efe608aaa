import { health } from '../server.ts'
import { defineOperation } from './operation.ts'

export const readHealth = defineOperation({
  method: 'GET',
  path: '/api/health/',
  tag: 'Server',
  rule: 'C1',
  summary: 'Whether it, and its database, answer',
  isOpen: true,
  neverFails: true,
  responses: {
    200: { description: 'Both do', schema: health },
    503: { description: 'The database does not', schema: health },
  },
})
