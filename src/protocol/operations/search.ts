import { foundPage, searchQuery } from '../search.ts'
import { defineOperation } from './operation.ts'

export const searchMessages = defineOperation({
  method: 'GET',
  path: '/api/search/',
  tag: 'Messages',
  rule: 'M7',
  summary: 'Search the messages that the caller may read',
  description:
    '`q` has words, `"a phrase"`, `-without`, or `this or that`. The last word may be the beginning of a word. The best matches come first, and the newest first among equal matches. A user can have one search at a time.',
  userLimit: 'search',
  query: searchQuery,
  responses: {
    200: { description: 'A page of messages, each with its room', schema: foundPage },
  },
  problems: {
    bad_request: '`q` contains no word to search for',
    not_found: 'the room does not exist, or the caller may not see it',
    rate_limited: 'another search of the caller is running',
    unavailable: 'the search takes too long: search in one room, or for fewer or rarer words',
  },
})
