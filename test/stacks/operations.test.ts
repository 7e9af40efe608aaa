import { describe, expect, test } from 'vitest'
import { functionEntries } from '../../functions/routes.ts'
import { resourcesOf, text, the } from './resources.ts'
import { synthesize } from './synthesize.ts'

const { application } = await synthesize('prod', { alarmEmail: 'ops@example.org' })
const alarms = resourcesOf(application, 'AWS::CloudWatch::Alarm')

describe('alarms', () => {
  test('watch every function, the way of a message, and the database', () => {
    const names = alarms.map(({ id }) => /^Alarms(.*)[0-9A-F]{8}$/.exec(id)![1]!)
    expect(names.toSorted()).toEqual(
      [
        ...Object.keys(functionEntries).map((name) => `${name.replaceAll('-', '')}fails`),
        'throttledfunctions',
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

  test('may be told of to the topic, by CloudWatch of this account', () => {
    const { id } = the(application, 'AWS::SNS::Topic')
    expect(
      the(application, 'AWS::SNS::TopicPolicy').Properties['PolicyDocument'].Statement,
    ).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
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
    const filters = resourcesOf(application, 'AWS::Logs::MetricFilter')
    expect(filters).toHaveLength(Object.keys(functionEntries).length)
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
  ]) {
    expect(body).toContain(`"${metric}"`)
  }
  expect(body).toContain('"service","prod"')
})
