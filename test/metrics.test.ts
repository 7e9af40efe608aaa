import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMetrics } from '../functions/metrics.ts'
import { onColdStart } from '../functions/on-cold-start.ts'

const context = { getRemainingTimeInMillis: () => 10_000 }

/** The lines that are written to standard output, without those of the test runner. */
function captureLines(): string[] {
  const lines: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  return lines
}

afterEach(() => void vi.restoreAllMocks())

describe(createMetrics, () => {
  it('writes one line in the embedded metric format, with the stage as its only dimension', () => {
    const metrics = createMetrics('QuickConnect', 'dev')
    const lines = captureLines()
    metrics.add('PushesSent', 199)
    metrics.add('PushesSent', 1)
    metrics.add('SendToPushLatency', 12.5)
    metrics.flush()
    metrics.flush()
    vi.restoreAllMocks()
    expect(lines).toHaveLength(1)
    const { _aws, ...values } = JSON.parse(lines[0]!)
    expect(values).toEqual({ service: 'dev', PushesSent: [199, 1], SendToPushLatency: 12.5 })
    expect(_aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'QuickConnect',
        Dimensions: [['service']],
        Metrics: [
          { Name: 'PushesSent', Unit: 'Count' },
          { Name: 'SendToPushLatency', Unit: 'Milliseconds' },
        ],
      },
    ])
  })
})

describe(onColdStart, () => {
  it('writes the metrics at the end of each invocation, of one that fails as well', async () => {
    const metrics = createMetrics('QuickConnect', 'dev')
    let starts = 0
    const handler = onColdStart(
      () => {
        starts++
        return { metrics }
      },
      (runtime) => async (event: { pushes: number; fails?: boolean }) => {
        if (event.pushes > 0) runtime.metrics.add('PushesSent', event.pushes)
        if (event.fails) throw new Error('as asked')
        return event.pushes
      },
    )
    const lines = captureLines()
    expect(await handler({ pushes: 3 }, context)).toBe(3)
    expect(lines).toHaveLength(1)
    await expect(handler({ pushes: 4, fails: true }, context)).rejects.toThrow('as asked')
    expect(lines).toHaveLength(2)
    await handler({ pushes: 0 }, context)
    vi.restoreAllMocks()
    expect(lines.map((line) => JSON.parse(line).PushesSent)).toEqual([3, 4])
    expect(starts).toBe(1)
  })
})
