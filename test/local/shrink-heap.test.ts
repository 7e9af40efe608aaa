import { getHeapSpaceStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import { shrinkHeap } from '../../src/local/machine/shrink-heap.ts'

const youngGeneration = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')!.space_size

test('makes the young generation of the heap small again', () => {
  // What survives a collection makes it grow.
  const kept: object[] = []
  for (let n = 0; youngGeneration() < 8_000_000 && n < 10_000_000; n++) kept.push({ n })
  expect(youngGeneration()).toBeGreaterThanOrEqual(8_000_000)
  kept.length = 0
  shrinkHeap()
  expect(youngGeneration()).toBeLessThan(4_000_000)
  expect(globalThis.gc).toBeUndefined()
})
