import { Metrics as PowertoolsMetrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Metric, Metrics } from '../src/core/ports.ts'

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

/** In CloudWatch's embedded metric format; `serviceName` is the only dimension. */
export function createMetrics(namespace: string, serviceName: string): FlushedMetrics {
  const metrics = new PowertoolsMetrics({ namespace, serviceName })
  return {
    add: (metric, value) => void metrics.addMetric(metric, units[metric], value),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
    },
  }
}
