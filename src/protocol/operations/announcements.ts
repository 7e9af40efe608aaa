import { announcementPage } from '../announcements.ts'
import { defineOperation } from './operation.ts'

export const listAnnouncements = defineOperation({
  method: 'GET',
  path: '/api/announcements/',
  tag: 'Notifications',
  rule: 'N3',
  summary: 'List the current and the planned announcements',
  description: 'There are at most 20, so they are always on one page. The oldest comes first.',
  responses: { 200: { description: 'All announcements', schema: announcementPage } },
})
