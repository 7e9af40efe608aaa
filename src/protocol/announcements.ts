import * as z from 'zod'
import { id, page, text, timestamp } from './fields.ts'
import { announcementMaxCodePoints } from './limits.ts'

export const severity = z.enum(['info', 'warning', 'critical'])
export type Severity = z.infer<typeof severity>

/** [N3] A message from an admin to all users, shown for a limited time. */
export const announcement = z.object({
  id,
  text: z.string(),
  severity,
  dismissible: z.boolean().describe('Whether a client lets the user hide it'),
  begins_at: timestamp,
  ends_at: timestamp.describe(
    'When clients stop showing it; in the past after an admin has ended it',
  ),
})
export type Announcement = z.infer<typeof announcement>

export const announcementPage = page(announcement)

export const announcementText = text(1, announcementMaxCodePoints)
