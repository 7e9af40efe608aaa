import * as z from 'zod'
import { id, page, text, timestamp } from './fields.ts'
import { announcementMaxCodePoints } from './limits.ts'

export const severity = z.enum(['info', 'warning', 'critical'])
export type Severity = z.infer<typeof severity>

/** [N3] What an admin says to everybody who uses the page, for a time. */
export const announcement = z.object({
  id,
  text: z.string(),
  severity,
  dismissible: z.boolean().describe('Whether a client lets its user hide it'),
  begins_at: timestamp,
  ends_at: timestamp.describe('When it is shown no more; in the past when an admin has ended it'),
})
export type Announcement = z.infer<typeof announcement>

export const announcementPage = page(announcement)

export const announcementText = text(1, announcementMaxCodePoints)
