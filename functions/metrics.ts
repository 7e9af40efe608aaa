import { Metrics as PowertoolsMetrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Metric, Metrics } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/monitoring/request-id.ts'

export interface FlushedMetrics extends Metrics {
  /** Writes the metrics since the last flush as a line of the log, from which CloudWatch reads them. */
  flush(): void
}

/** The metrics of the functions, with their units. */
export const units: Readonly<Record<Metric, 'Count' | 'Milliseconds'>> = {
  PushesSent: MetricUnit.Count,
  PushesGone: MetricUnit.Count,
  PushesThrottled: MetricUnit.Count,
  PushesFailed: MetricUnit.Count,
  SendToPushLatency: MetricUnit.Milliseconds,
  DatabaseResuming: MetricUnit.Count,
}

/**
 * Writes metrics in CloudWatch's embedded metric format. `serviceName` is the only dimension. The line names its
 * request, so that the pushes of a message can be found by the request id of its send.
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
