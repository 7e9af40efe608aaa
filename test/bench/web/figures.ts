/** A figure, and its upper bound. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 's' | 'ms' | 'MB' | ''
  /** Absent for a figure that only explains others. */
  readonly most?: number
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const percentile = (values: readonly number[], share: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

export const median = (values: readonly number[]): number => percentile(values, 0.5)
export const p95 = (values: readonly number[]): number => percentile(values, 0.95)
export const most = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), 0)

/** Does the work so many times, one after another. */
export async function repeat<T>(count: number, work: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let round = 0; round < count; round++) results.push(await work(round))
  return results
}
