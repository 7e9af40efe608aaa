import {
  listNotificationsQuery,
  notificationPage,
  readNotificationsRequest,
  unreadCount,
} from '../notifications.ts'
import { defineOperation } from './operation.ts'

export const listNotifications = defineOperation({
  method: 'GET',
  path: '/api/notifications/',
  tag: 'Notifications',
  rule: 'N1',
  summary: "List the caller's notifications, the newest first",
  query: listNotificationsQuery,
  responses: {
    200: {
      description: 'A page of notifications, and the number of unread ones, counted up to 100',
      schema: notificationPage,
    },
  },
})

export const readNotifications = defineOperation({
  method: 'POST',
  path: '/api/notifications/read/',
  tag: 'Notifications',
  rule: 'N1',
  summary: 'Mark notifications as read',
  description:
    "Give either the `ids` of some notifications, or `all`. Ids that are not the caller's are ignored.",
  body: readNotificationsRequest,
  example: { ids: [3, 4] },
  responses: {
    200: { description: 'The number of notifications that are still unread', schema: unreadCount },
  },
})
