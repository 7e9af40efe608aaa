import { Duration } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'
import type { Alarms } from './alarms.ts'
import type { ChatMetrics } from './metrics.ts'

export interface DashboardProps {
  readonly stage: StageSettings
  readonly metrics: ChatMetrics
  readonly alarms: Alarms | undefined
}

/**
 * One page, to be read from top to bottom: whether something is wrong, whether people get their messages, and what
 * delays them.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { stage, metrics, alarms }: DashboardProps) {
    super(scope, id)
    const { ofChat, ofSockets } = metrics
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `QuickConnect-${stage.name}`,
      defaultInterval: Duration.hours(3),
      widgets: [
        ...(alarms
          ? [
              [
                new AlarmStatusWidget({
                  title: 'Alarms (each says what to do)',
                  alarms: alarms.alarms,
                  width: 24,
                  height: 4,
                }),
              ],
            ]
          : []),
        title('Do people get their messages?'),
        [
          graph('From stored to sent, ms', [
            ofChat('SendToPushLatency', Stats.percentile(50)),
            ofChat('SendToPushLatency', Stats.percentile(99)),
          ]),
          graph('Pushes', [ofChat('PushesSent'), ofChat('PushesGone')]),
          graph('Pushes that failed', [ofChat('PushesThrottled'), ofChat('PushesFailed')]),
        ],
        [
          graph('Sockets', [ofSockets('ConnectCount'), ofSockets('MessageCount')]),
          graph('Refused sockets and frames', [
            ofSockets('ClientError'),
            ofSockets('IntegrationError'),
            ofSockets('ExecutionError'),
          ]),
          graph('HTTP 5xx', metrics.serverErrors),
        ],
        title('What fails?'),
        [
          graph('Failures by function', [
            metrics.loggedErrors,
            ...metrics.crashes.map(({ metric }) => metric),
          ]),
          graph(
            'Concurrent executions of the account',
            [metrics.claimedConcurrency],
            [metrics.throttles],
          ),
          graph(
            'Duration of a call, p99, ms',
            metrics.crashes.map(({ fn }) =>
              fn.lambda.metricDuration({ statistic: Stats.percentile(99), label: fn.name }),
            ),
          ),
        ],
        [
          graph('Duration of an API request, p99, ms', metrics.latencies),
          graph('CloudFront errors, % of requests', metrics.cdnErrors),
        ],
        title('Large rooms and the database'),
        [
          graph('Age of the oldest wake-up, s', [metrics.oldestWakeUp], [metrics.deadLetters]),
          graph('Capacity of the database', [metrics.capacity], [metrics.capacityUsed]),
          graph('Connections of the database', [metrics.connections], [ofChat('DatabaseResuming')]),
        ],
      ],
    })
  }
}

function title(text: string): IWidget[] {
  return [new TextWidget({ markdown: `## ${text}`, width: 24, height: 1 })]
}

function graph(name: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({
    title: name,
    left,
    right,
    width: 8,
    height: 6,
    leftYAxis: { min: 0 },
    rightYAxis: { min: 0 },
  })
}
