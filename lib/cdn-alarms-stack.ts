import { ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib'
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront'
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Construct, Node } from 'constructs'
import { createAlarmTopic } from './operations/alarm-topic.ts'
import { cdnErrorRate } from './operations/metrics.ts'
import type { StageSettings } from './stage.ts'

export interface CdnAlarmsStackProps extends StackProps {
  readonly stage: StageSettings
  readonly distributions: readonly { readonly distribution: Distribution; readonly node: Node }[]
}

/**
 * Alarms about CloudFront's errors. CloudFront's metrics are in us-east-1 alone, and an alarm can only use metrics and
 * topics of its own Region. The stack is empty for a stage without alarms.
 */
export class CdnAlarmsStack extends Stack {
  constructor(scope: Construct, id: string, props: CdnAlarmsStackProps) {
    const { stage, distributions } = props
    super(scope, id, { description: `Quick Connect, ${stage.name}: CloudFront's alarms`, ...props })
    if (!stage.hasAlarms) return
    const topic = createAlarmTopic(this, stage, ['cloudwatch'])
    for (const each of distributions) {
      each.distribution.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
      const alarm = new Alarm(this, `${each.node.id}Errors`, {
        metric: cdnErrorRate(each),
        // In percent. Handlers that fail have alarms of their own, which fire sooner.
        threshold: 5,
        evaluationPeriods: 3,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: `CloudFront answered 5xx to 5 % of the requests of ${each.node.id}. If the alarm server-errors is on as well, the handlers fail: begin there. Otherwise CloudFront does not reach its origin: look at the domain of the stage, at its certificate, and at the service health of AWS.`,
      })
      alarm.addAlarmAction(new SnsAction(topic))
      alarm.addOkAction(new SnsAction(topic))
    }
  }
}
