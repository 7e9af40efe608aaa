import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { createMetrics } from '../../functions/metrics.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { createLog } from '../../functions/log.ts'
import { onColdStart } from '../../functions/on-cold-start.ts'

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

test('each line of the log says which version of the function wrote it, where there are versions', () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_VERSION', '8')
  const log = createLog('WARN')
  vi.unstubAllEnvs()
  const written: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  log.error('it failed')
  createLog('WARN').error('on one machine')
  vi.restoreAllMocks()
  const [onLambda, onOneMachine] = written.map((line): Record<string, unknown> => JSON.parse(line))
  // What lib/functions/gradual-releases.ts counts.
  expect(onLambda).toMatchObject({ level: 'ERROR', version: '8' })
  expect(onOneMachine).not.toHaveProperty('version')
})

describe('the id of a request', () => {
  it('is in each line that is logged for it, and in that of its metrics, and in no line after it', () => {
    const log = createLog('INFO')
    const metrics = createMetrics('QuickConnect', 'dev')
    const written = captureLines()
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    withRequestId('the-request', () => {
      log.warn('pushes failed', { sent: 1 })
      log.error('it has another', { requestId: 'its own' })
      metrics.add('PushesSent', 1)
    })
    metrics.flush()
    log.warn('of no request')
    metrics.add('PushesSent', 1)
    metrics.flush()
    vi.restoreAllMocks()
    const all = written.map((line): Record<string, unknown> => JSON.parse(line))
    expect(all.filter(({ message }) => message).map(({ requestId }) => requestId)).toEqual([
      'the-request',
      'its own',
      undefined,
    ])
    expect(all.filter(({ _aws }) => _aws).map(({ requestId }) => requestId)).toEqual([
      'the-request',
      undefined,
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
