import * as z from 'zod'
import { chatMetrics } from '../../operations/metrics.ts'
import { metricsNamespace } from '../../functions/chat-function.ts'
import type { Assembly, Properties, Resource } from '../assembly.ts'
import { aliasType, callableOf, find, versionType } from '../chat-function.ts'
import { attributeOf, referenceTo, Unresolvable } from '../resolve.ts'
import type { Rule } from '../rule.ts'

const topicType = 'AWS::SNS::Topic'

export const alarmRules: readonly Rule[] = [
  {
    id: 'alarm-heard',
    refuses: 'an alarm that tells nobody, or a topic that CloudWatch may not publish to',
    of: 'AWS::CloudWatch::Alarm',
    *check(alarm, assembly) {
      // CodeDeploy watches these itself.
      if (isOfRelease(alarm, assembly)) return
      const actions = alarm.texts('AlarmActions')
      if (actions.length === 0) yield 'AlarmActions is not set: name a topic'
      for (const arn of new Set([...actions, ...alarm.texts('OKActions')])) {
        if (find(topicType, arn, assembly) !== undefined && !isHeard(arn, assembly)) {
          yield 'its topic has a policy without CloudWatch: allow cloudwatch.amazonaws.com to sns:Publish'
        }
      }
    },
  },
  {
    id: 'alarm-metric',
    refuses: 'an alarm of a metric that nothing writes, or of a resource that does not exist',
    of: 'AWS::CloudWatch::Alarm',
    *check(alarm, assembly) {
      for (const metric of metricsOf(alarm)) {
        const named = metric
          .each('Dimensions')
          .map((it) => [it.text('Name') ?? '', it.text('Value') ?? ''] as const)
        const namespace = metric.text('Namespace') ?? ''
        yield* wrongsOf({ namespace, name: metric.text('MetricName') ?? '', named }, assembly)
      }
    },
  },
  {
    id: 'dashboard-metric',
    refuses:
      'a dashboard of a metric that nothing writes, or of a resource or an alarm that does not exist',
    of: 'AWS::CloudWatch::Dashboard',
    *check(dashboard, assembly) {
      const { widgets } = readDashboard(dashboard)
      for (const { metrics = [], alarms = [] } of widgets.map(({ properties }) => properties)) {
        for (const metric of metrics) yield* wrongsOf(readMetric(metric), assembly)
        for (const arn of alarms) {
          if (find('AWS::CloudWatch::Alarm', arn, assembly) === undefined) {
            yield `it shows the alarm ${arn}: no alarm of the stacks`
          }
        }
      }
    },
  },
  {
    id: 'alarm-direction',
    refuses: 'an alarm that fires where all is well, or that never does',
    of: 'AWS::CloudWatch::Alarm',
    *check(alarm) {
      const operator = alarm.text('ComparisonOperator')
      if (operator !== 'GreaterThanOrEqualToThreshold') {
        yield `ComparisonOperator is ${operator}: each of our metrics is bad when it is high, take GreaterThanOrEqualToThreshold`
      }
      const threshold = alarm.number('Threshold') ?? 0
      if (threshold <= 0) yield `Threshold is ${threshold}: nothing at all would reach it`
      const missing = alarm.text('TreatMissingData')
      if (missing !== 'notBreaching') {
        yield `TreatMissingData is ${missing ?? 'not set'}: a stage that nobody uses is not broken, take notBreaching`
      }
      if (alarm.flag('ActionsEnabled') === false) yield 'ActionsEnabled is off: it tells nobody'
    },
  },
]

interface NamedMetric {
  readonly namespace: string
  readonly name: string
  readonly named: readonly (readonly [dimension: string, value: string])[]
}

function* wrongsOf({ namespace, name, named }: NamedMetric, assembly: Assembly): Iterable<string> {
  if (!isWritten(namespace, name, assembly)) {
    yield `nothing writes the metric ${namespace} ${name}: correct its name`
  }
  for (const [key, value] of named) {
    if (dimensions[key]?.(value, assembly) === false) {
      yield `${key} is ${value}: no resource of the stacks has that name`
    }
  }
}

const dashboardSchema = z.looseObject({
  widgets: z.array(
    z.looseObject({
      properties: z.looseObject({
        metrics: z.array(z.array(z.unknown())).optional(),
        alarms: z.array(z.string()).optional(),
      }),
    }),
  ),
})

function readDashboard(dashboard: Resource): z.infer<typeof dashboardSchema> {
  const body = dashboard.text('DashboardBody') ?? ''
  try {
    return dashboardSchema.parse(JSON.parse(body))
  } catch (cause) {
    throw new Unresolvable(body, 'it is not the text of a dashboard', { cause })
  }
}

/** Reads namespace, name, then name and value of each dimension, and at the end the display options. */
function readMetric(parts: readonly unknown[]): NamedMetric {
  const [namespace = '', name = '', ...rest] = parts.filter((part) => typeof part === 'string')
  const named = rest.flatMap((key, at) =>
    at % 2 === 0 ? [[key, rest[at + 1] ?? ''] as const] : [],
  )
  return { namespace, name, named }
}

/** Checks for each dimension that its value names something that exists. */
const dimensions: Readonly<Record<string, (value: string, assembly: Assembly) => boolean>> = {
  FunctionName: isNamed('AWS::Lambda::Function'),
  ApiId: isNamed('AWS::ApiGatewayV2::Api'),
  QueueName: isNamed('AWS::SQS::Queue'),
  DBClusterIdentifier: isNamed('AWS::RDS::DBCluster'),
  DistributionId: isNamed('AWS::CloudFront::Distribution'),
  // Such as `api:live`.
  Resource: (value, assembly) => callableOf(value, assembly)?.type === aliasType,
  ExecutedVersion: isVersion,
  version: isVersion,
}

/** The known metrics of AWS's services, by namespace. A new metric needs an entry, so that somebody looks it up. */
const metricsOfAws: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': [
    'Errors',
    'Throttles',
    'Duration',
    'ConcurrentExecutions',
    'ClaimedAccountConcurrency',
  ],
  'AWS/ApiGateway':
    '5xx Latency ConnectCount MessageCount ClientError IntegrationError ExecutionError'.split(' '),
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
  'AWS/RDS': ['ACUUtilization', 'ServerlessDatabaseCapacity', 'DatabaseConnections'],
  'AWS/CloudFront': ['5xxErrorRate', '4xxErrorRate', 'Requests'],
}

/** Returns the metrics of an alarm, also those within an expression. */
function metricsOf(alarm: Resource): Properties[] {
  if (alarm.value('MetricName') !== undefined) return [alarm]
  return alarm.each('Metrics').flatMap((query) => query.each('MetricStat', 'Metric'))
}

function isWritten(namespace: string, name: string, assembly: Assembly): boolean {
  if (namespace in metricsOfAws) return metricsOfAws[namespace]!.includes(name)
  if (namespace !== metricsNamespace) return false
  return (
    chatMetrics.some((each) => each === name) ||
    assembly
      .ofType('AWS::Logs::MetricFilter')
      .flatMap((filter) => filter.each('MetricTransformations'))
      .some((it) => it.text('MetricNamespace') === namespace && it.text('MetricName') === name)
  )
}

function isNamed(type: string) {
  return (value: string, assembly: Assembly): boolean =>
    assembly
      .ofType(type)
      .some((it) => value === referenceTo(it) || value === attributeOf(it, 'QueueName'))
}

function isVersion(value: string, assembly: Assembly): boolean {
  return assembly.ofType(versionType).some((it) => value === attributeOf(it, 'Version'))
}

function isOfRelease(alarm: Resource, assembly: Assembly): boolean {
  return assembly
    .ofType('AWS::CodeDeploy::DeploymentGroup')
    .flatMap((group) => group.each('AlarmConfiguration', 'Alarms'))
    .some((it) => it.text('Name') === referenceTo(alarm))
}

/** A topic without a policy accepts messages of its account. A topic with a policy accepts what the policy allows. */
function isHeard(topicArn: string, assembly: Assembly): boolean {
  const policies = assembly
    .ofType('AWS::SNS::TopicPolicy')
    .filter((it) => it.texts('Topics').includes(topicArn))
  if (policies.length === 0) return true
  return policies
    .flatMap((policy) => policy.each('PolicyDocument'))
    .flatMap((document) => document.each('Statement'))
    .some(
      (statement) =>
        statement.text('Effect') === 'Allow' &&
        statement.texts('Principal', 'Service').includes('cloudwatch.amazonaws.com') &&
        statement.texts('Action').includes('sns:Publish'),
    )
}
