import type { Assembly, Resource } from '../assembly.ts'
import { find, functionOf } from '../chat-function.ts'
import { Unresolvable } from '../resolve.ts'
import type { Rule } from '../rule.ts'

const queueType = 'AWS::SQS::Queue'
const sourceType = 'AWS::Lambda::EventSourceMapping'

export const queueRules: readonly Rule[] = [
  {
    id: 'queue-dead-letters',
    refuses: 'a number of attempts before a dead letter that SQS does not take',
    of: queueType,
    *check(queue) {
      if (queue.value('RedrivePolicy') === undefined) return // cdk-nag asks for it
      const receives = queue.number('RedrivePolicy', 'maxReceiveCount') ?? 0
      if (receives < 1 || receives > 1000) {
        yield `maxReceiveCount is ${receives}: SQS takes 1 to 1000`
      }
    },
  },
  {
    id: 'queue-pairs',
    refuses: 'settings of a queue that SQS takes together alone',
    of: queueType,
    *check(queue) {
      const limit = queue.text('FifoThroughputLimit')
      const scope = queue.text('DeduplicationScope')
      if (limit === 'perMessageGroupId' && scope !== 'messageGroup') {
        yield `FifoThroughputLimit is ${limit} and DeduplicationScope ${scope ?? 'not set'}: set messageGroup`
      }
      if (!isFifo(queue)) {
        for (const name of ['FifoThroughputLimit', 'DeduplicationScope'] as const) {
          if (queue.value(name) !== undefined)
            yield `${name} is for FIFO queues alone: leave it out`
        }
      }
      const kept = queue.number('MessageRetentionPeriod') ?? 345_600
      const visible = queue.number('VisibilityTimeout') ?? 30
      if (kept <= visible) {
        yield `MessageRetentionPeriod is ${kept} s and VisibilityTimeout ${visible} s: a message must outlive its first attempt`
      }
    },
  },
  {
    id: 'event-source-arn',
    refuses: 'an event source that is not the ARN of a queue of the stacks',
    of: sourceType,
    *check(source, assembly) {
      const arn = source.text('EventSourceArn') ?? 'none'
      // Ref of a queue is its address.
      if (!isArnOfQueue(arn, assembly)) {
        yield `EventSourceArn is ${arn}: give the ARN of a queue of the stacks`
      }
      if (functionOf(source.text('FunctionName') ?? '', assembly) === undefined) {
        yield `FunctionName is ${source.text('FunctionName')}: no function of the stacks`
      }
    },
  },
  {
    id: 'event-source-batch',
    refuses:
      'a batch that waits, which Lambda does not do for a FIFO queue, or that fails as a whole',
    of: sourceType,
    *check(source, assembly) {
      const window = source.number('MaximumBatchingWindowInSeconds') ?? 0
      if (isFifo(queueOf(source, assembly)) && window > 0) {
        yield `MaximumBatchingWindowInSeconds is ${window}: a FIFO queue has none`
      }
      if (!source.texts('FunctionResponseTypes').includes('ReportBatchItemFailures')) {
        yield 'one failure would repeat the whole batch: set FunctionResponseTypes to ReportBatchItemFailures'
      }
    },
  },
  {
    id: 'event-source-concurrency',
    refuses: "a queue that could take the whole account's concurrency from the handlers",
    of: sourceType,
    *check(source) {
      if (source.number('ScalingConfig', 'MaximumConcurrency') === undefined) {
        yield 'ScalingConfig.MaximumConcurrency is not set: set 2 to 1000'
      }
    },
  },
  {
    id: 'event-source-visibility',
    refuses: 'messages that are seen again while they are worked on',
    of: sourceType,
    *check(source, assembly) {
      const visible = queueOf(source, assembly).number('VisibilityTimeout') ?? 30
      const fn = functionOf(source.text('FunctionName') ?? '', assembly)
      const seconds = fn?.number('Timeout') ?? 3
      if (visible < 6 * seconds) {
        yield `the queue's VisibilityTimeout is ${visible} s and the function's Timeout ${seconds} s: make it six times that`
      }
    },
  },
]

function isFifo(queue: Resource): boolean {
  return queue.flag('FifoQueue') === true
}

function isArnOfQueue(arn: string, assembly: Assembly): boolean {
  return arn.endsWith('.Arn}') && find(queueType, arn, assembly) !== undefined
}

function queueOf(source: Resource, assembly: Assembly): Resource {
  const arn = source.text('EventSourceArn') ?? ''
  const queue = find(queueType, arn, assembly)
  if (queue === undefined) throw new Unresolvable(arn, 'its queue is in no stack')
  return queue
}
