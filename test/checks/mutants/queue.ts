import type { Draft, Resource } from '../draft.ts'
import { mutant } from './mutant.ts'

const queueType = 'AWS::SQS::Queue'
const hasDeadLetters = (it: Resource) => it.Properties['RedrivePolicy'] !== undefined
const queue = (draft: Draft) => draft.the(queueType, hasDeadLetters)
const source = (draft: Draft) => draft.the('AWS::Lambda::EventSourceMapping')

export const queueMutants = [
  mutant('an event source that is no ARN', 'event-source-arn', (draft) => {
    source(draft).Properties['EventSourceArn'] = { Ref: draft.idOf(queueType, hasDeadLetters) }
  }),
  mutant(
    'messages that are seen again while they are worked on',
    'event-source-visibility',
    (draft) => {
      queue(draft).Properties['VisibilityTimeout'] = 30
    },
  ),
  mutant('a batch larger than a FIFO queue gives', undefined, (draft) => {
    source(draft).Properties['BatchSize'] = 100
  }),
  mutant('a batch that waits for more messages of a FIFO queue', 'event-source-batch', (draft) => {
    source(draft).Properties['MaximumBatchingWindowInSeconds'] = 5
  }),
  mutant('a batch that fails as a whole', 'event-source-batch', (draft) => {
    delete source(draft).Properties['FunctionResponseTypes']
  }),
  mutant('a queue that may take all concurrency', 'event-source-concurrency', (draft) => {
    delete source(draft).Properties['ScalingConfig']
  }),
  mutant('a FIFO queue whose name does not say so', undefined, (draft) => {
    queue(draft).Properties['QueueName'] = 'fan-out'
  }),
  mutant('dead letters that go to a queue of the other kind', undefined, (draft) => {
    const deadLetters = draft.the(queueType, (it) => !hasDeadLetters(it))
    delete deadLetters.Properties['FifoQueue']
    delete deadLetters.Properties['ContentBasedDeduplication']
    delete deadLetters.Properties['QueueName']
  }),
  mutant('a throughput that its deduplication does not go with', 'queue-pairs', (draft) => {
    queue(draft).Properties['DeduplicationScope'] = 'queue'
  }),
  mutant('messages that are gone before they are seen again', 'queue-pairs', (draft) => {
    queue(draft).Properties['MessageRetentionPeriod'] = 60
  }),
  mutant('dead letters that are lost', undefined, (draft) => {
    delete queue(draft).Properties['RedrivePolicy']
  }),
  mutant('dead letters after more attempts than SQS counts', 'queue-dead-letters', (draft) => {
    queue(draft).Properties['RedrivePolicy'].maxReceiveCount = 1_001
  }),
  mutant('a worker that may not read its queue', 'iam-needed', (draft) => {
    const policy = draft.the('AWS::IAM::Policy', (_, id) => id.startsWith('fanoutRole'))
    policy.Properties['PolicyDocument'] = JSON.parse(
      JSON.stringify(policy.Properties['PolicyDocument']).replace(
        'sqs:ReceiveMessage',
        'sqs:ListQueues',
      ),
    )
  }),
]
