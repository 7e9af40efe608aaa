import * as z from 'zod'
import { text, timestamp } from './fields.ts'
import { reportTextMaxCodePoints } from './limits.ts'

/** [S1] Why something is reported. */
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
    message: 'must say what is wrong when the reason is other',
  })
export type ReportRequest = z.infer<typeof reportRequest>

/** [S1] A report as its reporter sees it. What admins do with it is not theirs to know. */
export const report = z.object({
  reason: reportReason,
  text: z.string(),
  created_at: timestamp,
})
export type Report = z.infer<typeof report>
