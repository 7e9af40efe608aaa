export const auditActions = [
  'sign_in',
  'sign_out',
  'suspend',
  'reinstate',
  'make_admin',
  'unmake_admin',
  'end_sessions',
  'notice',
  'open_report',
  'dismiss_report',
  'delete_message',
  'close_reports',
  'set_words',
  'approve_message',
  'discard_message',
  'set_limits',
] as const
export type AuditAction = (typeof auditActions)[number]
