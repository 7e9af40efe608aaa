import { sql } from 'kysely'
import { Hono } from 'hono'
import type { Runtime } from '../../runtime.ts'
import type { Env } from '../request.ts'

export function healthRoutes({ db, log }: Runtime): Hono<Env> {
  const routes = new Hono<Env>({ strict: false })
  routes.get('/health', async (c) => {
    try {
      await sql`select 1 as one`.execute(db)
      return c.json({ status: 'ok', database: 'ok' })
    } catch (error) {
      log.error('the database does not answer', { error })
      return c.json({ status: 'degraded', database: 'unavailable' }, 503)
    }
  })
  return routes
}
