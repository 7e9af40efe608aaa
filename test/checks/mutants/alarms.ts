import type { Draft, Json } from '../draft.ts'
import { mutant } from './mutant.ts'

const alarm = 'AWS::CloudWatch::Alarm'
const called = (draft: Draft, name: string) =>
  draft.the(alarm, (_, id) => id.startsWith(`Alarms${name}`)).Properties
/** Returns the first metric of AWS or of ours that an alarm uses, alone or in an expression. */
const metricOf = (properties: Record<string, Json>): Json =>
  properties['Metrics']?.find((it: Json) => it.MetricStat !== undefined).MetricStat.Metric ??
  properties

/** Replaces a text in a dashboard's body. */
function onDashboard(draft: Draft, text: string, by: string): void {
  const properties = draft.the('AWS::CloudWatch::Dashboard').Properties
  const before = JSON.stringify(properties)
  draft.the('AWS::CloudWatch::Dashboard').Properties = JSON.parse(before.replace(text, by))
}

export const alarmMutants = [
  mutant('a dashboard of a metric that is misspelt', 'dashboard-metric', (draft) =>
    onDashboard(draft, 'PushesGone', 'PushesLost'),
  ),
  mutant('a dashboard of a namespace that nothing writes to', 'dashboard-metric', (draft) =>
    onDashboard(draft, 'AWS/SQS', 'AWS/Queue'),
  ),
  mutant('a dashboard of another API than there is', 'dashboard-metric', (draft) => {
    const sockets = draft.idOf(
      'AWS::ApiGatewayV2::Api',
      (it) => it.Properties['ProtocolType'] === 'WEBSOCKET',
    )
    onDashboard(draft, `{"Ref":"${sockets}"}`, '"abcdefghij"')
  }),
  mutant('a dashboard of an alarm that is gone', 'dashboard-metric', (draft) => {
    const gone = draft.idOf(alarm, (_, id) => id.startsWith('Alarmsslowapi'))
    onDashboard(draft, `{"Fn::GetAtt":["${gone}","Arn"]}`, '"arn:aws:cloudwatch:x:1:alarm:slow"')
  }),

  mutant('an alarm of a metric that is misspelt', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'failedpushes')).MetricName = 'PushFailures'
  }),
  mutant('an alarm in a namespace that nothing writes to', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'throttledpushes')).Namespace = 'QuickConnects'
  }),
  mutant('an alarm of another log filter than there is', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'loggederrors')).MetricName = 'LoggedErrors-dev'
  }),
  mutant('an alarm of a function that does not exist', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'fanoutfails')).Dimensions[0].Value = 'quick-connect-fan-out'
  }),
  mutant('an alarm of an API that does not exist', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'servererrors')).Dimensions[0].Value = 'abcdefghij'
  }),
  mutant('an alarm of a queue that does not exist', 'alarm-metric', (draft) => {
    metricOf(called(draft, 'deadletters')).Dimensions[0].Value = 'dead-letters.fifo'
  }),
  mutant('an alarm when all is well', 'alarm-direction', (draft) => {
    called(draft, 'slowpushes')['ComparisonOperator'] = 'LessThanThreshold'
  }),
  mutant('an alarm that always fires', 'alarm-direction', (draft) => {
    called(draft, 'deadletters')['Threshold'] = 0
  }),
  mutant('an alarm where nothing is measured', 'alarm-direction', (draft) => {
    called(draft, 'databasecapacity')['TreatMissingData'] = 'breaching'
  }),
]
