import { expect, test } from 'vitest'
import { wireTime } from '../../src/core/time.ts'

const dayMs = 86_400_000

test('[C1] times on the wire are what toISOString writes, whatever was written before', () => {
  const edges = [0, 1, 999, 1_000, 59_999, 60_000, 3_599_999, 3_600_000, dayMs - 1]
  const days = [0, -1, 1, 20_000, -800_000, 11_016, 11_017, 2_932_896, 2_932_897, 20_000]
  for (const day of days) {
    for (const edge of edges) {
      const time = new Date(day * dayMs + edge)
      expect(wireTime(time)).toBe(time.toISOString())
    }
  }
})

test('an invalid time is an error', () => {
  expect(() => wireTime(new Date(NaN))).toThrow(RangeError)
})
