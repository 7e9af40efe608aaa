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
import type { Database } from '../data/database.ts'
import type { StageSettings } from '../stage.ts'
import { createAlarmTopic } from './alarm-topic.ts'
import type { Metrics } from './metrics.ts'

export interface AlarmsProps {
  readonly stage: StageSettings
  readonly metrics: Metrics
  /** Whose events are told of, too. */
  readonly database: Database
}

interface AlarmOptions {
  readonly metric: IMetric
  /** From here on it is one. */
  readonly threshold: number
  /** Of five minutes each, one after another. */
  readonly periods?: number
  /** What has happened, and what to do. */
  readonly description: string
}

/**
 * What somebody is called for. Each says what to do. Where nothing is measured nothing happened, and a
 * stage that nobody uses is not a broken one: missing data is no alarm.
 */
export class Alarms extends Construct {
  /** To be subscribed to, by more than the stage's `alarmEmail`. */
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
      // One is a socket at a bad moment; five within five minutes are a fault.
      threshold: 5,
      description:
        'Functions wrote errors into their logs. In Logs Insights choose all log groups of the stage and run: filter level = "ERROR" | sort @timestamp desc. Each line has the id of its request. If it began with a deploy, go back to the release before (docs/deploy.md).',
    })
    this.add('concurrency', {
      metric: metrics.claimedConcurrency,
      threshold: Math.max(1, Math.floor(0.8 * stage.concurrencyQuota)),
      periods: 2,
      description: `Functions of this account and Region run at 80 % of its quota of ${stage.concurrencyQuota} at once. Ask for a higher quota ("Concurrent executions" in Service Quotas), then set concurrencyQuota of the stage in cdk.json.`,
    })
    this.add('throttled-functions', {
      metric: metrics.throttles,
      // One is a user who was turned away.
      threshold: 1,
      description:
        'Lambda ran out of concurrent executions. Ask for a higher quota ("Concurrent executions" in Service Quotas): a new account may have 10.',
    })
    this.add('server-errors', {
      metric: sumOf(metrics.serverErrors),
      threshold: 5,
      description:
        'The HTTP API answered 5xx. The access log says on which route; the log of its function says why. A 503 that ends by itself is a database that was resuming.',
    })
    this.add('slow-api', {
      metric: maximumOf(metrics.latencies),
      threshold: 5_000,
      periods: 3,
      description:
        'One request in a hundred takes 5 s. Look at the time of a call by function on the dashboard, at the capacity of the database, and at the claimed concurrency. Where a database may pause, its resuming is enough.',
    })
    this.add('refused-sockets', {
      metric: metrics.ofSockets('ClientError'),
      threshold: 500,
      periods: 2,
      description:
        "Sockets are refused: tokens are not valid, one address opens too many, or clients are of another origin than ALLOWED_ORIGINS. The WebSocket API's access log has status and route; the log of connect says why.",
    })
    this.add('socket-errors', {
      metric: sumOf([metrics.ofSockets('IntegrationError'), metrics.ofSockets('ExecutionError')]),
      threshold: 5,
      description:
        "Frames or connects failed on the way to their function. Look for `error` in the WebSocket API's access log.",
    })
    this.add('slow-pushes', {
      metric: metrics.ofChat('SendToPushLatency', Stats.percentile(99)),
      // Clients who wait that long ask for the log themselves.
      threshold: 3_000,
      periods: 3,
      description:
        'One push in a hundred comes 3 s after its message was stored. Look at the queue (a large room), at pushes that are throttled, and at the capacity of the database.',
    })
    this.add('throttled-pushes', {
      metric: metrics.ofChat('PushesThrottled'),
      // Some are repeated and come through: a hundred are a quota.
      threshold: 100,
      description:
        'API Gateway refused pushes (429): the account is at its requests per second, or clients read too slowly. Ask for a higher quota if it goes on.',
    })
    this.add('failed-pushes', {
      metric: metrics.ofChat('PushesFailed'),
      threshold: 20,
      description:
        'Pushes failed for other reasons than a closed socket. The log of the function that pushed says why. Clients find what they miss by the gap in the numbers.',
    })
    this.add('dead-letters', {
      metric: metrics.deadLetters,
      threshold: 1,
      description:
        'A fan-out failed three times. The log of fan-out says why; nothing is lost, clients ask for what they miss. docs/deploy.md has the steps ("Dead letters").',
    })
    this.add('waiting-wake-ups', {
      metric: metrics.oldestWakeUp,
      // In seconds; a worker takes up to 30 s for one.
      threshold: 60,
      periods: 2,
      description:
        'Pushes to large rooms wait for over a minute. Look at fan-out: does it fail, or is it throttled? Otherwise there is more to push than its workers can: see maxConcurrency in lib/jobs/fan-out-queue.ts.',
    })
    this.add('database-capacity', {
      metric: metrics.capacityUsed,
      // In percent of maxCapacity.
      threshold: 90,
      periods: 3,
      description:
        'The database works at its highest capacity. Raise database.maxCapacity of the stage in cdk.json and deploy, which interrupts nothing.',
    })
    this.add('database-connections', {
      metric: metrics.connections,
      threshold: Math.floor(0.8 * maxConnections(stage.database)),
      periods: 2,
      description:
        'The Data API has opened most of the connections that the database takes. Statements wait: look for slow ones and for locks in pg_stat_activity (docs/deploy.md, "Reach the database"), then raise database.maxCapacity.',
    })
  }

  /** A failover, a failure, or maintenance: RDS tells of these in events, not in metrics. */
  private tellOfDatabase({ cluster }: Database): void {
    new CfnEventSubscription(this, 'DatabaseEvents', {
      snsTopicArn: this.topic.topicArn,
      sourceType: 'db-cluster',
      sourceIds: [cluster.clusterIdentifier],
      eventCategories: ['failover', 'failure', 'maintenance', 'notification'],
    }).node.addDependency(this.topic)
  }

  /** Of what has the stage's tag, which has to be activated as a cost allocation tag once in an account. */
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
 * Of a function that no API answers for. What the others end with is a server error or a socket error, which
 * have alarms of their own.
 */
function crashOf(name: FunctionName): string | undefined {
  switch (name) {
    case 'rotate-jwt-keys':
      return 'The keys that sign access tokens could not be rotated. Those that are there stay good. Read the log of rotate-jwt-keys, then choose "Rotate secret immediately" in Secrets Manager.'
    case 'migrate':
      return 'A migration failed, and its deploy was rolled back. The release before goes on working. The log of migrate says at which one. Mend it and deploy again: it goes on from there.'
    case 'fan-out':
      return 'Pushes to a large room failed. They are tried three times, and clients ask for what they miss. The log of fan-out says why.'
    default:
      return undefined
  }
}

/**
 * As Aurora sets max_connections: by the memory of its highest capacity, 2,000 at most when it may
 * shrink to half an ACU or pause.
 */
function maxConnections({ minCapacity, maxCapacity }: StageSettings['database']): number {
  const byMemory = (maxCapacity * 2 * 1024 ** 3) / 9_531_392
  return Math.floor(Math.min(byMemory, minCapacity <= 0.5 ? 2_000 : 5_000))
}
