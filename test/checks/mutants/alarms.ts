import type { Draft, Json } from '../draft.ts'
import { mutant } from './mutant.ts'

const alarm = 'AWS::CloudWatch::Alarm'
const called = (draft: Draft, name: string) =>
  draft.the(alarm, (_, id) => id.startsWith(`Alarms${name}`)).Properties
/** The first metric of AWS or of ours that it looks at, alone or in an expression. */
const metricOf = (properties: Record<string, Json>): Json =>
  properties['Metrics']?.find((it: Json) => it.MetricStat !== undefined).MetricStat.Metric ??
  properties

export const alarmMutants = [
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
