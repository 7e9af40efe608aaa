import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
} from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import { functionSettings } from '../functions/function-settings.ts'
import { pollActions } from '../functions/service-actions.ts'

export interface FanOutQueueProps {
  readonly worker: ChatFunction
}

/**
 * Each worker makes about 2,000 pushes per second, and an account has 10,000 requests per second. More workers would
 * wait for each other.
 */
const maxConcurrency = 5

/**
 * The queue for pushes that are too many for a handler. It wakes the workers, one at a time for each shard of a room.
 */
export class FanOutQueue extends Construct {
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { worker }: FanOutQueueProps) {
    super(scope, id)
    this.deadLetters = new Queue(this, 'DeadLetters', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The longest retention that SQS allows, so that somebody can look at the dead letters.
      retentionPeriod: Duration.days(14),
    })
    this.queue = new Queue(this, 'Queue', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A queue that counts its groups together accepts only 300 requests per second.
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      // AWS requires six times the worker's time, so that a throttled batch is not handed out twice.
      visibilityTimeout: Duration.seconds(6 * functionSettings[worker.name].timeoutSeconds),
      // By then clients have asked for the log themselves.
      retentionPeriod: Duration.hours(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
    })
    worker.allow({ actions: pollActions, resource: this.queue.queueArn })
    new EventSourceMapping(this, 'Worker', {
      target: worker.target,
      eventSourceArn: this.queue.queueArn,
      // A larger batch would hold the wake-ups of all shards of a room that is otherwise quiet, and one worker would
      // serve them all.
      batchSize: 1,
      maxConcurrency,
      reportBatchItemFailures: true,
    }).node.addDependency(worker)
  }

  grantSend(fn: ChatFunction): void {
    fn.allow({ actions: ['sqs:SendMessage'], resource: this.queue.queueArn })
    fn.setEnvironment('FAN_OUT_QUEUE_URL', this.queue.queueUrl)
  }
}
