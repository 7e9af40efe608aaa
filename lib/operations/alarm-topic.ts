import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'

/**
 * A topic that the `alarmEmail` of a stage is told of. These services of the account may publish to it:
 * `cloudwatch`, and others by the first part of their names.
 */
export function createAlarmTopic(
  scope: Construct,
  stage: StageSettings,
  services: readonly string[],
): Topic {
  const topic = new Topic(scope, 'Topic', { enforceSSL: true })
  // TLS alone takes a policy, in the place of the one that lets the whole account in, its services too.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: services.map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  )
  if (stage.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(stage.alarmEmail))
  return topic
}
