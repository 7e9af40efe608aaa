import { createApiRuntime } from '../cold-start/api-runtime.ts'
import { api } from '../http/api.ts'
import { onColdStart } from '../on-cold-start.ts'

export const handler = onColdStart(createApiRuntime, api)
