import { foundPage, searchQuery } from '../search.ts'
import { defineOperation } from './operation.ts'

export const searchMessages = defineOperation({
  method: 'GET',
  path: '/api/search/',
  tag: 'Messages',
  rule: 'M7',
  summary: 'Search the messages that the caller may read',
  description:
    'In `q`: words, `"a phrase"`, `-without`, `this or that`; the last word may be the beginning of one. The best matches come first, and among equals the newest. A user has one search at a time.',
  userLimit: 'search',
  query: searchQuery,
  responses: {
    200: { description: 'A page of messages, each with its room', schema: foundPage },
  },
  problems: {
    bad_request: 'there is no word to look for',
    not_found: 'there is no such room',
    rate_limited: 'another search of the caller is under way',
    unavailable: 'the search takes too long, and is to be made smaller',
  },
})
