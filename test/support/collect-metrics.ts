import type { Metric, Metrics } from '../../src/core/ports.ts'

/** Metrics that keep their values for the test, in the order in which they were added. */
export function collectMetrics(): Metrics & { readonly values: Partial<Record<Metric, number[]>> } {
  const values: Partial<Record<Metric, number[]>> = {}
  return { values, add: (metric, value) => void (values[metric] ??= []).push(value) }
}
