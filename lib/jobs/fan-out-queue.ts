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

/** Each makes some 2,000 pushes a second, and an account 10,000 requests: more would wait for each other. */
const maxConcurrency = 5

/** Pushes that are too many for a handler: its worker is woken here, one after another in a shard of a room. */
export class FanOutQueue extends Construct {
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { worker }: FanOutQueueProps) {
    super(scope, id)
    this.deadLetters = new Queue(this, 'DeadLetters', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // As long as there is, for somebody to look at.
      retentionPeriod: Duration.days(14),
    })
    this.queue = new Queue(this, 'Queue', {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A queue that counts its groups together takes 300 requests a second.
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      // As AWS asks for, so that a batch that is throttled comes to nobody twice.
      visibilityTimeout: Duration.seconds(6 * functionSettings[worker.name].timeoutSeconds),
      // By then whoever was to be told has asked.
      retentionPeriod: Duration.hours(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
    })
    worker.allow({ actions: pollActions, resource: this.queue.queueArn })
    new EventSourceMapping(this, 'Worker', {
      target: worker.target,
      eventSourceArn: this.queue.queueArn,
      // In a quiet room a larger batch would have the wake-ups of all its shards, for one worker to serve.
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
