import * as z from 'zod'
import { text, timestamp } from './fields.ts'
import { reportTextMaxCodePoints } from './limits.ts'

/** [S1] The reason of a report. */
export const reportReason = z.enum(['spam', 'harassment', 'hate', 'violence', 'sexual', 'other'])
export type ReportReason = z.infer<typeof reportReason>

/** PUT …/report/ */
export const reportRequest = z
  .object({
    reason: reportReason,
    text: text(0, reportTextMaxCodePoints).default('').describe('For the admins to read'),
  })
  .refine(({ reason, text }) => reason !== 'other' || text !== '', {
    path: ['text'],
    message: 'is required when the reason is other: say what is wrong',
  })
export type ReportRequest = z.infer<typeof reportRequest>

/** [S1] A report as its reporter sees it. The reporter does not learn what admins do with it. */
export const report = z.object({
  reason: reportReason,
  text: z.string(),
  created_at: timestamp,
})
export type Report = z.infer<typeof report>
