import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront'
import type { Construct, Node } from 'constructs'
import type { HttpApi } from '../api/http-api.ts'
import type { WebSocketApi } from '../api/websocket-api.ts'
import type { ChatDatabase } from '../data/database.ts'
import { type ChatFunction, metricsNamespace } from '../functions/chat-function.ts'
import type { FanOutQueue } from '../jobs/fan-out-queue.ts'
import type { StageSettings } from '../stage.ts'

export interface Watched {
  readonly stage: StageSettings
  readonly functions: readonly ChatFunction[]
  readonly apis: readonly HttpApi[]
  readonly sockets: WebSocketApi
  readonly queue: FanOutQueue
  readonly database: ChatDatabase
  readonly distributions: readonly { readonly distribution: Distribution; readonly node: Node }[]
}

/** The metrics that the functions write themselves (functions/metrics.ts). */
export const chatMetrics = [
  'PushesSent',
  'PushesGone',
  'PushesThrottled',
  'PushesFailed',
  'SendToPushLatency',
  'DatabaseResuming',
] as const
export type ChatMetric = (typeof chatMetrics)[number]

export type ChatMetrics = ReturnType<typeof createChatMetrics>

/**
 * In percent of the requests. CloudFront's metrics are in us-east-1. A caller in another Region passes that as
 * `region`.
 */
export function cdnErrorRate(
  { distribution, node }: Watched['distributions'][number],
  region?: string,
): Metric {
  return new Metric({
    namespace: 'AWS/CloudFront',
    metricName: '5xxErrorRate',
    dimensionsMap: { DistributionId: distribution.distributionId, Region: 'Global' },
    statistic: Stats.AVERAGE,
    ...(region !== undefined && { region }),
    label: node.id,
  })
}

/** Makes the metrics of alarms and dashboard, each in one place. */
export function createChatMetrics(scope: Construct, watched: Watched) {
  const { stage, functions, sockets, queue, database } = watched
  const sum = { statistic: Stats.SUM }
  const ofChat = (metricName: ChatMetric, statistic: string = Stats.SUM) =>
    new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { service: stage.name },
      statistic,
      label: `${metricName} ${statistic}`,
    })
  const ofSockets = (metricName: string) =>
    new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: sockets.api.apiId, Stage: sockets.stage.stageName },
      statistic: Stats.SUM,
      label: metricName,
    })

  const loggedErrors = `LoggedErrors-${stage.name}`
  for (const fn of functions) {
    new MetricFilter(scope, `${fn.name}-errors`, {
      logGroup: fn.logGroup,
      filterPattern: FilterPattern.stringValue('$.level', '=', 'ERROR'),
      metricNamespace: metricsNamespace,
      metricName: loggedErrors,
    })
  }

  return {
    ofChat,
    ofSockets,
    /** Calls that ended in an error or timed out. */
    crashes: functions.map((fn) => ({ fn, metric: fn.lambda.metricErrors({ label: fn.name }) })),
    /**
     * Errors that functions logged. All functions share this metric, because each metric costs money and the logs tell
     * the functions apart.
     */
    loggedErrors: new Metric({
      namespace: metricsNamespace,
      metricName: loggedErrors,
      ...sum,
      label: 'errors in the logs',
    }),
    // Without a dimension these metrics cover all functions of the account, as its quota does.
    throttles: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', ...sum }),
    claimedConcurrency: new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'ClaimedAccountConcurrency',
      statistic: Stats.MAXIMUM,
    }),
    latencies: watched.apis.map(({ api, node }) =>
      api.metricLatency({ statistic: Stats.percentile(99), label: node.id }),
    ),
    serverErrors: watched.apis.map(({ api, node }) =>
      api.metricServerError({ ...sum, label: node.id }),
    ),
    /** For the dashboard. An alarm cannot use metrics of another Region (lib/cdn-alarms-stack.ts). */
    cdnErrors: watched.distributions.map((each) => cdnErrorRate(each, 'us-east-1')),
    deadLetters: queue.deadLetters.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
    }),
    oldestWakeUp: queue.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
    capacity: database.cluster.metricServerlessDatabaseCapacity({ label: 'ACU' }),
    capacityUsed: database.cluster.metricACUUtilization({ statistic: Stats.MAXIMUM }),
    connections: database.cluster.metricDatabaseConnections({ statistic: Stats.MAXIMUM }),
  }
}
