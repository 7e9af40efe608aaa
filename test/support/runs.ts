import { inject } from 'vitest'

/**
 * How many random cases a test of a property tries. `pg` tries all of them. The RDS Data API executes the
 * same SQL and only carries parameters and rows in another way, so a quarter of the cases is enough for it.
 */
export function runs(overPg: number): number {
  return inject('driver') === 'pg' ? overPg : Math.ceil(overPg / 4)
}
