import { inject } from 'vitest'

/**
 * Returns how many random cases a property test tries. `pg` tries all of them. The RDS Data API executes the same SQL,
 * and only carries parameters and rows in another way. So a quarter of the cases is enough for it.
 */
export function propertyRuns(overPg: number): number {
  return inject('driver') === 'pg' ? overPg : Math.ceil(overPg / 4)
}
