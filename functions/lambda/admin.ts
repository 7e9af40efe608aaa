import { admin } from '../admin/admin.ts'
import { createAdminRuntime } from '../cold-start/admin-runtime.ts'
import { onColdStart } from '../on-cold-start.ts'

export const handler = onColdStart(createAdminRuntime, admin)
