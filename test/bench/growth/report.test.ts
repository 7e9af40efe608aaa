import { describe, expect, it } from 'vitest'
import { drawChart } from './chart.ts'
import { excesses, type Measured, tableOf } from './report.ts'

/** An axis of three steps. Each operation has its pages in each of them. */
function measuredOf(
  pages: Record<string, readonly number[]>,
  growth?: Measured['series'][number]['growth'],
): Measured {
  return {
    name: 'members',
    title: 'members of a room',
    unit: 'members',
    steps: [10, 100, 1_000],
    fillSeconds: [0.1, 0.2, 0.3],
    series: Object.entries(pages).map(([name, values]) => ({
      name,
      growth,
      plans: [],
      figures: values.map((value) => ({ ms: 1, pages: value, statements: 1, rows: 2 })),
    })),
  }
}

describe('the report of the bench of growth', () => {
  it('accepts an operation that touches more pages only because of the levels of indexes', () => {
    expect(excesses(measuredOf({ send: [100, 150, 290] }))).toEqual([])
  })

  it('names each step in which an operation grows that may not', () => {
    expect(excesses(measuredOf({ send: [100, 400, 4_000], page: [50, 50, 50] }))).toEqual([
      'members of a room: "send" touches 400 pages with 100 members, 100 with 10',
      'members of a room: "send" touches 4,000 pages with 1,000 members, 100 with 10',
    ])
  })

  it('names each step in which an operation grows more than its note allows', () => {
    const growth = { atMost: (members: number) => 2 * members + 100, why: 'Each member is read.' }
    expect(excesses(measuredOf({ list: [100, 250, 3_000] }, growth))).toEqual([
      'members of a room: "list" touches 3,000 pages with 1,000 members, at most 2,100 are expected',
    ])
    expect(excesses(measuredOf({ list: [100, 250, 2_100] }, growth))).toEqual([])
  })

  it('has a row for each operation, and the notes', () => {
    const growth = { atMost: () => 1, why: 'Each member is read.' }
    const lines = tableOf(measuredOf({ list: [100, 250, 3_000] }, growth))
    expect(lines.find((line) => line.startsWith('list'))).toMatch(/100 .*250 .*3,000 .* 1 .* 2$/)
    expect(lines).toContain('  list: Each member is read.')
  })

  it('draws each operation with a line, a point for each step, and its name', () => {
    const svg = drawChart(measuredOf({ 'a < b': [1, 10, 100], send: [5, 5, 5] }))
    expect(svg).toContain('>a &lt; b</text>')
    // A line grows from the lower left corner of its plot to the upper right one.
    expect(svg).toContain('d="M72 348L257 213L442 78"')
    expect(svg).toContain('prefers-color-scheme: dark')
  })
})
