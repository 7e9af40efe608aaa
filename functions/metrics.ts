import { Metrics as PowertoolsMetrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Metric, Metrics } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/monitoring/request-id.ts'

export interface FlushedMetrics extends Metrics {
  /** Writes what was added since the last time: a line of the log, from which CloudWatch takes it. */
  flush(): void
}

/** What the functions measure, each with its unit. */
export const units: Readonly<Record<Metric, 'Count' | 'Milliseconds'>> = {
  PushesSent: MetricUnit.Count,
  PushesGone: MetricUnit.Count,
  PushesThrottled: MetricUnit.Count,
  PushesFailed: MetricUnit.Count,
  SendToPushLatency: MetricUnit.Milliseconds,
  DatabaseResuming: MetricUnit.Count,
}

/**
 * In CloudWatch's embedded metric format; `serviceName` is the only dimension. The line says which request it was
 * measured for: so the pushes of a message are found by the id of its send.
 */
export function createMetrics(namespace: string, serviceName: string): FlushedMetrics {
  const metrics = new PowertoolsMetrics({ namespace, serviceName })
  return {
    add: (metric, value) => {
      metrics.addMetric(metric, units[metric], value)
      const requestId = currentRequestId()
      if (requestId !== undefined) metrics.addMetadata('requestId', requestId)
    },
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
    },
  }
}
