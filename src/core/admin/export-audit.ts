import type { Db } from '../database.ts'
import { type AuditFilter, listAudit, type Named } from './audit-log.ts'
import { csvRow } from './csv.ts'

/** A file has at most so much: it goes out in one answer. */
export const exportedEntriesMax = 5_000
const exportedMaxBytes = 4_000_000
const pageSize = 500

const header = [
  'id',
  'at',
  'actor_id',
  'actor',
  'action',
  'subject_id',
  'subject',
  'room_id',
  'reason',
  'notice',
  'before',
  'after',
  'address',
]

/**
 * The newest entries of the audit log that a filter lets through, as CSV (RFC 4180), and whether that is all of them.
 * It reads pages of `pageSize`, and holds no more than one file.
 */
export async function exportAudit(
  db: Db,
  filter: AuditFilter,
): Promise<{ readonly csv: string; readonly isWhole: boolean }> {
  let csv = csvRow(header)
  let bytes = 0
  let before: number | undefined
  for (let read = 0; read < exportedEntriesMax; read += pageSize) {
    const { results, next } = await listAudit(db, filter, {
      path: '',
      query: {},
      limit: pageSize,
      cursor: before === undefined ? undefined : { direction: 'after', key: before },
    })
    for (const entry of results) {
      const row = csvRow([
        String(entry.id),
        entry.at.toISOString(),
        ...cellsOf(entry.actor),
        entry.action,
        ...cellsOf(entry.subject),
        entry.room === null ? '' : String(entry.room.id),
        entry.reason ?? '',
        entry.notice ?? '',
        entry.before ?? '',
        entry.after ?? '',
        entry.address ?? '',
      ])
      bytes += Buffer.byteLength(row)
      if (bytes > exportedMaxBytes) return { csv, isWhole: false }
      csv += row
      before = entry.id
    }
    if (next === null) return { csv, isWhole: true }
  }
  return { csv, isWhole: false }
}

function cellsOf(user: Named | null): [id: string, username: string] {
  return user === null ? ['', ''] : [String(user.id), user.username ?? '']
}
