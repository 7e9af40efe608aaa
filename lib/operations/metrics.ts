import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { HttpApi } from '../api/http-api.ts'
import type { WebSocketApi } from '../api/websocket-api.ts'
import type { Database } from '../data/database.ts'
import { type ChatFunction, metricsNamespace } from '../functions/chat-function.ts'
import type { FanOutQueue } from '../jobs/fan-out-queue.ts'
import type { StageSettings } from '../stage.ts'

export interface Watched {
  readonly stage: StageSettings
  readonly functions: readonly ChatFunction[]
  readonly apis: readonly HttpApi[]
  readonly sockets: WebSocketApi
  readonly queue: FanOutQueue
  readonly database: Database
}

/** What the functions measure themselves (functions/metrics.ts). */
export type ChatMetric =
  | 'PushesSent'
  | 'PushesGone'
  | 'PushesThrottled'
  | 'PushesFailed'
  | 'SendToPushLatency'
  | 'DatabaseResuming'

export type Metrics = ReturnType<typeof createMetrics>

/** What alarms and dashboard look at, each in one place. */
export function createMetrics(scope: Construct, watched: Watched) {
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

  return {
    ofChat,
    ofSockets,
    /** Calls that ended in an error or over their time, and errors that a handler caught and wrote down. */
    failures: functions.map((fn, n) => {
      const logged = new MetricFilter(scope, `${fn.name}-errors`, {
        logGroup: fn.logGroup,
        filterPattern: FilterPattern.stringValue('$.level', '=', 'ERROR'),
        metricNamespace: metricsNamespace,
        metricName: `LoggedErrors-${stage.name}-${fn.name}`,
      })
      return {
        fn,
        metric: new MathExpression({
          // Names have to differ from those beside it in a graph.
          expression: `FILL(crashed${n}, 0) + FILL(logged${n}, 0)`,
          usingMetrics: {
            [`crashed${n}`]: fn.lambda.metricErrors(),
            [`logged${n}`]: logged.metric(sum),
          },
          label: fn.name,
          period: Duration.minutes(5),
        }),
      }
    }),
    throttles: functions.map((fn) => fn.lambda.metricThrottles({ label: fn.name })),
    serverErrors: watched.apis.map(({ api, node }) =>
      api.metricServerError({ ...sum, label: node.id }),
    ),
    deadLetters: queue.deadLetters.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
    }),
    oldestWakeUp: queue.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
    capacity: database.cluster.metricServerlessDatabaseCapacity({ label: 'ACU' }),
    capacityUsed: database.cluster.metricACUUtilization({ statistic: Stats.MAXIMUM }),
    connections: database.cluster.metricDatabaseConnections({ statistic: Stats.MAXIMUM }),
  }
}
