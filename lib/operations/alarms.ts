import { Duration } from 'aws-cdk-lib'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { FunctionName } from '../../functions/routes.ts'
import type { ChatDatabase } from '../data/database.ts'
import type { StageSettings } from '../stage.ts'
import { createAlarmTopic } from './alarm-topic.ts'
import type { ChatMetrics } from './metrics.ts'

export interface AlarmsProps {
  readonly stage: StageSettings
  readonly metrics: ChatMetrics
  /** The database's events go to the topic, too. */
  readonly database: ChatDatabase
}

interface AlarmOptions {
  readonly metric: IMetric
  /** The alarm fires at this value and above. */
  readonly threshold: number
  /** How many periods of five minutes in a row. */
  readonly periods?: number
  /** What has happened, and what to do. */
  readonly description: string
}

/**
 * The alarms that call a person. Each description says what to do. Missing data does not start an alarm:
 * no data means that nothing happened, and a stage that nobody uses is not broken.
 */
export class Alarms extends Construct {
  /** Others than the stage's `alarmEmail` can subscribe to it. */
  readonly topic: Topic
  readonly alarms: Alarm[] = []

  constructor(scope: Construct, id: string, { stage, metrics, database }: AlarmsProps) {
    super(scope, id)
    this.topic = createAlarmTopic(this, stage, ['cloudwatch', 'events.rds', 'budgets'])
    this.tellOfDatabase(database)
    if (stage.monthlyBudget !== undefined) this.tellOfCosts(stage, stage.monthlyBudget)

    for (const { fn, metric } of metrics.crashes) {
      const description = crashOf(fn.name)
      if (description !== undefined)
        this.add(`${fn.name}-fails`, { metric, threshold: 1, description })
    }
    this.add('logged-errors', {
      metric: metrics.loggedErrors,
      // A single error is a socket that ended at a bad moment. Five within five minutes are a fault.
      threshold: 5,
      description:
        'Functions logged errors. In Logs Insights choose all log groups of the stage and run: filter level = "ERROR" | sort @timestamp desc. Each line has the id of its request. If the errors began with a deploy, go back to the release before (docs/deploy.md).',
    })
    this.add('concurrency', {
      metric: metrics.claimedConcurrency,
      threshold: Math.max(1, Math.floor(0.8 * stage.concurrencyQuota)),
      periods: 2,
      description: `The functions of this account and Region use 80 % of the quota of ${stage.concurrencyQuota} concurrent executions. Ask for a higher quota ("Concurrent executions" in Service Quotas), then set concurrencyQuota of the stage in cdk.json to it.`,
    })
    this.add('throttled-functions', {
      metric: metrics.throttles,
      // Each throttle means that a user was refused.
      threshold: 1,
      description:
        'Lambda ran out of concurrent executions. Ask for a higher quota ("Concurrent executions" in Service Quotas): a new account may have 10.',
    })
    this.add('server-errors', {
      metric: sumOf(metrics.serverErrors),
      threshold: 5,
      description:
        'The HTTP API answered 5xx. The access log shows the route. The log of its function shows the cause. If the answers are 503 and stop by themselves, the database was resuming.',
    })
    this.add('slow-api', {
      metric: maximumOf(metrics.latencies),
      threshold: 5_000,
      periods: 3,
      description:
        'One request in a hundred takes 5 s. On the dashboard look at the time of a call by function, at the capacity of the database, and at the claimed concurrency. If the database may pause, a resume alone can cause this.',
    })
    this.add('refused-sockets', {
      metric: metrics.ofSockets('ClientError'),
      threshold: 500,
      periods: 2,
      description:
        "Sockets are refused. Possible causes: invalid tokens, too many sockets from one address, or clients whose origin is not in ALLOWED_ORIGINS. The WebSocket API's access log shows status and route. The log of connect shows the cause.",
    })
    this.add('socket-errors', {
      metric: sumOf([metrics.ofSockets('IntegrationError'), metrics.ofSockets('ExecutionError')]),
      threshold: 5,
      description:
        "Frames or connects failed on the way to their function. Look for the field `error` in the WebSocket API's access log.",
    })
    this.add('slow-pushes', {
      metric: metrics.ofChat('SendToPushLatency', Stats.percentile(99)),
      // Clients that wait this long ask for the log themselves.
      threshold: 3_000,
      periods: 3,
      description:
        'One push in a hundred is sent 3 s after its message was stored. Look at the queue (a large room), at throttled pushes, and at the capacity of the database.',
    })
    this.add('throttled-pushes', {
      metric: metrics.ofChat('PushesThrottled'),
      // Some pushes are retried and succeed. A hundred mean that a quota is reached.
      threshold: 100,
      description:
        'API Gateway refused pushes (429). The account has reached its requests per second, or clients read too slowly. If this continues, ask for a higher quota.',
    })
    this.add('failed-pushes', {
      metric: metrics.ofChat('PushesFailed'),
      threshold: 20,
      description:
        'Pushes failed, and not because a socket was closed. The log of the function that sent them shows the cause. Clients find what they miss by the gap in the numbers.',
    })
    this.add('dead-letters', {
      metric: metrics.deadLetters,
      threshold: 1,
      description:
        'A fan-out failed three times. The log of fan-out shows the cause. Nothing is lost: clients ask for what they miss. docs/deploy.md has the steps ("Dead letters").',
    })
    this.add('waiting-wake-ups', {
      metric: metrics.oldestWakeUp,
      // In seconds. A worker takes up to 30 s for one wake-up.
      threshold: 60,
      periods: 2,
      description:
        'Pushes to large rooms wait for over a minute. Check whether fan-out fails or is throttled. Otherwise its workers cannot keep up: see maxConcurrency in lib/jobs/fan-out-queue.ts.',
    })
    this.add('database-capacity', {
      metric: metrics.capacityUsed,
      // In percent of maxCapacity.
      threshold: 90,
      periods: 3,
      description:
        'The database runs at its highest capacity. Raise database.maxCapacity of the stage in cdk.json and deploy. The deploy causes no interruption.',
    })
    this.add('database-connections', {
      metric: metrics.connections,
      threshold: Math.floor(0.8 * maxConnections(stage.database)),
      periods: 2,
      description:
        'The Data API uses most of the connections that the database allows. Look for slow statements and for locks in pg_stat_activity (docs/deploy.md, "Reach the database"). Then raise database.maxCapacity.',
    })
  }

  /** RDS reports failovers, failures and maintenance as events, not as metrics. */
  private tellOfDatabase({ cluster }: ChatDatabase): void {
    new CfnEventSubscription(this, 'DatabaseEvents', {
      snsTopicArn: this.topic.topicArn,
      sourceType: 'db-cluster',
      sourceIds: [cluster.clusterIdentifier],
      eventCategories: ['failover', 'failure', 'maintenance', 'notification'],
    }).node.addDependency(this.topic)
  }

  /**
   * Counts the costs of everything with the stage's tag. The tag must be activated once per account as a cost
   * allocation tag.
   */
  private tellOfCosts({ name }: StageSettings, amount: number): void {
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `QuickConnect-${name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:quick-connect:stage$${name}`] },
      },
      notificationsWithSubscribers: [
        {
          notification: {
            comparisonOperator: 'GREATER_THAN',
            notificationType: 'FORECASTED',
            threshold: 100,
          },
          subscribers: [{ subscriptionType: 'SNS', address: this.topic.topicArn }],
        },
      ],
    }).node.addDependency(this.topic)
  }

  private add(name: string, { metric, threshold, periods = 1, description }: AlarmOptions): void {
    const alarm = new Alarm(this, name, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
    this.alarms.push(alarm)
  }
}

function sumOf(metrics: readonly IMetric[]): MathExpression {
  const named = metrics.map((metric, n) => [`m${n}`, metric] as const)
  return new MathExpression({
    expression: named.map(([name]) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(named),
    period: Duration.minutes(5),
  })
}

function maximumOf(metrics: readonly IMetric[]): MathExpression {
  const named = metrics.map((metric, n) => [`m${n}`, metric] as const)
  return new MathExpression({
    expression: `MAX([${named.map(([name]) => name).join(', ')}])`,
    usingMetrics: Object.fromEntries(named),
    period: Duration.minutes(5),
  })
}

/**
 * Returns the description of the alarm of a function that no API calls. Failures of the other functions are server
 * errors or socket errors, which have alarms of their own.
 */
function crashOf(name: FunctionName): string | undefined {
  switch (name) {
    case 'rotate-jwt-keys':
      return 'The keys that sign access tokens could not be rotated. The present keys stay valid. Read the log of rotate-jwt-keys, then choose "Rotate secret immediately" in Secrets Manager.'
    case 'migrate':
      return 'A migration failed, and its deploy was rolled back. The release before continues to work. The log of migrate names the migration. Repair it and deploy again: the migrations continue from there.'
    case 'fan-out':
      return 'Pushes to a large room failed. They are tried three times, and clients ask for what they miss. The log of fan-out shows the cause.'
    default:
      return undefined
  }
}

/**
 * Computes max_connections as Aurora does: from the memory of the highest capacity, and 2,000 at most when the database
 * may shrink to half an ACU or pause.
 */
function maxConnections({ minCapacity, maxCapacity }: StageSettings['database']): number {
  const byMemory = (maxCapacity * 2 * 1024 ** 3) / 9_531_392
  return Math.floor(Math.min(byMemory, minCapacity <= 0.5 ? 2_000 : 5_000))
}
