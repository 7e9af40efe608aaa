import * as operations from '../../../src/protocol/operations/announcements.ts'
import { listAnnouncements } from '../../../src/core/notifications/announcements.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'

export function announcementRoutes(on: OnOperation, { db }: Pick<Runtime, 'db'>): void {
  on(operations.listAnnouncements, async ({ sessionId }) => {
    const results = await listAnnouncements(db, sessionId)
    return { status: 200, body: { results, next: null, previous: null } }
  })
}
