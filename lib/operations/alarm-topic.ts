import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'

/**
 * Makes a topic that sends to the stage's `alarmEmail`. These services of the account may publish to it: `cloudwatch`,
 * and others by the first part of their names.
 */
export function createAlarmTopic(
  scope: Construct,
  stage: StageSettings,
  services: readonly string[],
): Topic {
  const topic = new Topic(scope, 'Topic', { enforceSSL: true })
  // Requiring TLS needs a policy. That policy replaces the default one, which lets the whole account and its services
  // publish.
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
