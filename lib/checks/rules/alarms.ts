import type { Assembly } from '../assembly.ts'
import { find } from '../chat-function.ts'
import type { Rule } from '../rule.ts'

const topicType = 'AWS::SNS::Topic'

export const alarmRules: readonly Rule[] = [
  {
    id: 'alarm-heard',
    refuses: 'an alarm that tells nobody, or a topic that CloudWatch may not publish to',
    of: 'AWS::CloudWatch::Alarm',
    *check(alarm, assembly) {
      const actions = alarm.texts('AlarmActions')
      if (actions.length === 0) yield 'AlarmActions is not set: name a topic'
      for (const arn of new Set([...actions, ...alarm.texts('OKActions')])) {
        if (find(topicType, arn, assembly) !== undefined && !isHeard(arn, assembly)) {
          yield 'its topic has a policy without CloudWatch: allow cloudwatch.amazonaws.com to sns:Publish'
        }
      }
    },
  },
]

/** A topic without a policy takes what its account sends; one with a policy what that allows. */
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
