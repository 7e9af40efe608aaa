import { announcementPage } from '../announcements.ts'
import { defineOperation } from './operation.ts'

export const listAnnouncements = defineOperation({
  method: 'GET',
  path: '/api/announcements/',
  tag: 'Notifications',
  rule: 'N3',
  summary: 'List the announcements that are shown, or will be',
  description: 'At most 20, in the order in which they were made: always one page.',
  responses: { 200: { description: 'All of them', schema: announcementPage } },
})
