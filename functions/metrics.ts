import { Metrics as PowertoolsMetrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Metric, Metrics } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/monitoring/request-id.ts'

export interface FlushedMetrics extends Metrics {
  /** Writes the metrics that were added since the last call, as a line of the log. CloudWatch reads them from there. */
  flush(): void
}

/** The metrics of the functions, each with its unit. */
export const units: Readonly<Record<Metric, 'Count' | 'Milliseconds'>> = {
  PushesSent: MetricUnit.Count,
  PushesGone: MetricUnit.Count,
  PushesThrottled: MetricUnit.Count,
  PushesFailed: MetricUnit.Count,
  SendToPushLatency: MetricUnit.Milliseconds,
  DatabaseResuming: MetricUnit.Count,
}

/**
 * Metrics in CloudWatch's embedded metric format. `serviceName` is the only dimension. A line has the id of the
 * request that it was measured for. So the id of a send also finds the pushes of its message.
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
