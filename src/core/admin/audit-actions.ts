export const auditActions = [
  'sign_in',
  'sign_out',
  'suspend',
  'reinstate',
  'make_admin',
  'unmake_admin',
  'end_sessions',
  'notice',
] as const
export type AuditAction = (typeof auditActions)[number]
