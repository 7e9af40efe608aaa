import { describe, expect, test } from 'vitest'
import { units } from '../../functions/metrics.ts'
import { functionEntries } from '../../functions/routes.ts'
import { chatMetrics } from '../../lib/operations/metrics.ts'
import { functionNamed, resourcesOf, text, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { application } = await synthesize('prod', {
  alarmEmail: 'ops@example.org',
  monthlyBudget: 200,
})
// Those that reverse a release are in gradual-releases.test.ts.
const alarms = resourcesOf(application, 'AWS::CloudWatch::Alarm').filter(
  ({ id }) => !id.startsWith('Releases'),
)

describe('alarms', () => {
  test('watch the functions, the way of a message, and the database', () => {
    const names = alarms.map(({ id }) => /^Alarms(.*)[0-9A-F]{8}$/.exec(id)![1]!)
    expect(names.toSorted()).toEqual(
      [
        // Of the others an API tells: server errors, socket errors.
        'fanoutfails',
        'migratefails',
        'rotatejwtkeysfails',
        'loggederrors',
        'concurrency',
        'throttledfunctions',
        'slowapi',
        'refusedsockets',
        'servererrors',
        'socketerrors',
        'slowpushes',
        'throttledpushes',
        'failedpushes',
        'deadletters',
        'waitingwakeups',
        'databasecapacity',
        'databaseconnections',
      ].toSorted(),
    )
  })

  test('say what to do, tell somebody, and are none where nothing happens', () => {
    const { id } = the(application, 'AWS::SNS::Topic')
    for (const { Properties } of alarms) {
      expect(Properties['AlarmDescription'].length).toBeGreaterThan(80)
      expect(Properties).toMatchObject({
        AlarmActions: [{ Ref: id }],
        OKActions: [{ Ref: id }],
        TreatMissingData: 'notBreaching',
      })
    }
  })

  test('may be told of to the topic, by the services of this account that do', () => {
    const { id } = the(application, 'AWS::SNS::Topic')
    expect(
      the(application, 'AWS::SNS::TopicPolicy').Properties['PolicyDocument'].Statement,
    ).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: {
          Service: ['budgets', 'cloudwatch', 'events.rds'].map((name) => `${name}.amazonaws.com`),
        },
        Action: 'sns:Publish',
        Resource: { Ref: id },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    )
  })

  test('take no more metrics into account than an alarm may', () => {
    for (const { Properties } of alarms) {
      const metrics = (Properties['Metrics'] ?? []) as object[]
      expect(metrics.filter((metric) => 'MetricStat' in metric).length).toBeLessThanOrEqual(10)
    }
  })

  test('count what a handler caught and wrote down', () => {
    const filters = resourcesOf(application, 'AWS::Logs::MetricFilter').filter(
      ({ id }) => !id.startsWith('Releases'),
    )
    expect(filters).toHaveLength(Object.keys(functionEntries).length)
    const names = filters.map(({ Properties }) => Properties['MetricTransformations'][0].MetricName)
    expect(new Set(names)).toEqual(new Set(['LoggedErrors-prod']))
    for (const { Properties } of filters) {
      expect(Properties['FilterPattern']).toBe('{ $.level = "ERROR" }')
    }
  })

  test('go by mail to whom the stage names, over TLS alone', async () => {
    const mail = the(application, 'AWS::SNS::Subscription').Properties
    expect(mail).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.org' })
    expect(
      the(application, 'AWS::SNS::TopicPolicy').Properties['PolicyDocument'].Statement,
    ).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    )
    const silent = await synthesize('prod')
    expect(resourcesOf(silent.application, 'AWS::SNS::Subscription')).toEqual([])
  })
})

test('the topic is told of what happens to the database, and of a month that becomes dear', () => {
  const topic = the(application, 'AWS::SNS::Topic').id
  const events = the(application, 'AWS::RDS::EventSubscription').Properties
  expect(events).toMatchObject({ SnsTopicArn: { Ref: topic }, SourceType: 'db-cluster' })
  expect(text(events['SourceIds'][0])).toContain('DatabaseCluster')
  const budget = the(application, 'AWS::Budgets::Budget').Properties
  expect(budget).toMatchObject({
    Budget: {
      BudgetLimit: { Amount: 200, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:quick-connect:stage$prod'] },
    },
    NotificationsWithSubscribers: [{ Subscribers: [{ Address: { Ref: topic } }] }],
  })
})

test('CloudFront’s errors have alarms and a topic in us-east-1, where a stage names its Region', async () => {
  const settings = { region: 'eu-central-1', alarmEmail: 'ops@example.org' }
  const cdn = (await synthesize('prod', settings)).cdnAlarms!
  const { id } = the(cdn, 'AWS::SNS::Topic')
  const alarms = resourcesOf(cdn, 'AWS::CloudWatch::Alarm')
  expect(alarms).toHaveLength(2)
  for (const { Properties } of alarms) {
    expect(Properties).toMatchObject({
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: id }],
    })
    const [{ MetricStat, ...metric }] = Properties['Metrics']
    expect(MetricStat.Metric).toMatchObject({
      Namespace: 'AWS/CloudFront',
      MetricName: '5xxErrorRate',
    })
    // An alarm of another account's or Region's metric is another matter.
    expect(metric).not.toHaveProperty('AccountId')
    expect(text(MetricStat.Metric.Dimensions[0].Value)).toContain('QuickConnect-prod-App')
    expect(Properties['AlarmDescription'].length).toBeGreaterThan(80)
  }
  expect(the(cdn, 'AWS::SNS::Subscription').Properties['Endpoint']).toBe('ops@example.org')
  const silent = await synthesize('dev', { region: 'eu-central-1' })
  // A stack without resources is deleted by `cdk deploy`.
  expect(resourcesOf(silent.cdnAlarms!)).toEqual([])
  expect((await synthesize('prod')).cdnAlarms).toBeUndefined()
})

test('a stage has alarms, a dashboard and traces only when it asks for them', async () => {
  const dev = (await synthesize('dev')).application
  for (const type of [
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::SNS::Topic',
    'AWS::Budgets::Budget',
    'AWS::XRay::SamplingRule',
  ]) {
    expect(resourcesOf(dev, type)).toEqual([])
  }
  expect(functionNamed(dev, 'frame').Properties).not.toHaveProperty('TracingConfig')
  expect(functionNamed(application, 'frame').Properties['TracingConfig']).toEqual({
    Mode: 'Active',
  })
  expect(the(application, 'AWS::XRay::SamplingRule').Properties['SamplingRule']).toMatchObject({
    ReservoirSize: 0,
    FixedRate: 0.01,
    ServiceName: 'QuickConnect-prod-*',
  })
  await expect(synthesize('dev', { alarmEmail: 'ops@example.org' })).rejects.toThrow(
    'stages.dev.alarmEmail: needs the alarms',
  )
})

test('the dashboard has no more metrics than CloudWatch gives away in one', () => {
  const body = text(the(application, 'AWS::CloudWatch::Dashboard').Properties['DashboardBody'])
  const metrics = body.match(/\["(?:AWS\/\w+|QuickConnect)","/g) ?? []
  expect(metrics.length).toBeGreaterThan(30)
  expect(metrics.length).toBeLessThanOrEqual(50)
})

test('the metrics that alarms may be of are those that the functions write', () => {
  expect(chatMetrics.toSorted()).toEqual(Object.keys(units).toSorted())
})

test('the dashboard shows the latency of a push, what a push came to, queue and database', () => {
  const { DashboardBody, DashboardName } = the(application, 'AWS::CloudWatch::Dashboard').Properties
  expect(DashboardName).toBe('QuickConnect-prod')
  const body = text(DashboardBody)
  for (const metric of [
    'SendToPushLatency',
    'PushesSent',
    'PushesGone',
    'PushesThrottled',
    'PushesFailed',
    'DatabaseResuming',
    'ConnectCount',
    'MessageCount',
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesVisible',
    'ServerlessDatabaseCapacity',
    'DatabaseConnections',
    '5xx',
    '5xxErrorRate',
    'ClaimedAccountConcurrency',
  ]) {
    expect(body).toContain(`"${metric}"`)
  }
  expect(body).toContain('"service","prod"')
})
