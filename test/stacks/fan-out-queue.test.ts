import { expect, test } from 'vitest'
import { functionNamed, resourcesOf, text, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { application } = await synthesize('prod')
const queues = resourcesOf(application, 'AWS::SQS::Queue')
const queue = queues.find(({ Properties }) => 'RedrivePolicy' in Properties)!
const mapping = the(application, 'AWS::Lambda::EventSourceMapping').Properties
const worker = functionNamed(application, 'fan-out')

test('a wake-up waits for a worker six times as long as it may work', () => {
  expect(queue.Properties['VisibilityTimeout']).toBe(6 * worker.Properties['Timeout'])
})

test('a failed wake-up is kept where somebody looks', () => {
  const { deadLetterTargetArn, maxReceiveCount } = queue.Properties['RedrivePolicy']
  const deadLetters = queues.find(({ id }) => text(deadLetterTargetArn) === `<${id}.Arn>`)
  expect(maxReceiveCount).toBe(3)
  expect(deadLetters?.Properties).toMatchObject({
    FifoQueue: true,
    MessageRetentionPeriod: 14 * 86_400,
  })
})

test('the worker takes one wake-up at a time, says what failed, and leaves concurrency to others', () => {
  expect(mapping).toMatchObject({
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 5 },
  })
  expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds')
  expect(text(mapping['EventSourceArn'])).toBe(`<${queue.id}.Arn>`)
  const alias = resourcesOf(application, 'AWS::Lambda::Alias').find(
    ({ Properties }) => Properties['FunctionName'].Ref === worker.id,
  )
  expect(text(mapping['FunctionName'])).toContain(`"Ref":"${alias!.id}"`)
})

test('queues are encrypted, and spoken to over TLS alone', () => {
  const policies = resourcesOf(application, 'AWS::SQS::QueuePolicy')
  for (const { id, Properties } of queues) {
    expect(Properties['SqsManagedSseEnabled']).toBe(true)
    const policy = policies.find((each) => each.Properties['Queues'][0].Ref === id)
    expect(policy?.Properties['PolicyDocument'].Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ])
  }
})
