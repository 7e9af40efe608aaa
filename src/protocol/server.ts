import * as z from 'zod'

export const health = z.object({
  status: z.enum(['ok', 'degraded']),
  database: z.enum(['ok', 'resuming', 'unavailable']),
})
export type Health = z.infer<typeof health>

export const openApiDocument = z.looseObject({ openapi: z.string() })
export const asyncApiDocument = z.looseObject({ asyncapi: z.string() })
