import type { Resource } from '../draft.ts'
import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const schedule = 'AWS::SecretsManager::RotationSchedule'
const permission = 'AWS::Lambda::Permission'
const migration = 'Custom::QuickConnectSchema'

const isForRotation = (it: Resource) =>
  it.Properties['Principal'] === 'secretsmanager.amazonaws.com'

export const jobMutants = [
  mutant('a rotation that Secrets Manager may not start', 'rotation-permission', (draft) => {
    const id = draft.idOf(permission, isForRotation)
    draft.remove(permission, isForRotation)
    const before = draft.the(schedule)
    before.DependsOn = before.DependsOn?.filter((it) => it !== id) ?? []
  }),
  mutant('a rotation that does not wait for its permission', 'rotation-permission', (draft) => {
    const id = draft.idOf(permission, isForRotation)
    const before = draft.the(schedule)
    before.DependsOn = before.DependsOn?.filter((it) => it !== id) ?? []
  }),
  mutant('a handler that does not wait for the migrations', 'migration-first', (draft) => {
    const id = draft.idOf(migration)
    const handler = draft.the('AWS::Lambda::Function', named('frame'))
    handler.DependsOn = handler.DependsOn?.filter((it) => it !== id) ?? []
  }),
  mutant('no migrations', 'migration-first', (draft) => {
    draft.the(migration).Properties['ServiceToken'] = {
      'Fn::GetAtt': [draft.idOf('AWS::Lambda::Function', named('frame')), 'Arn'],
    }
  }),
  mutant('an alarm that CloudWatch may not tell of', 'alarm-heard', (draft) => {
    const policy = draft.the('AWS::SNS::TopicPolicy').Properties['PolicyDocument']
    policy.Statement = policy.Statement.filter((it: { Effect: string }) => it.Effect !== 'Allow')
  }),
  mutant('an alarm that tells nobody', 'alarm-heard', (draft) => {
    delete draft.the('AWS::CloudWatch::Alarm', (_, id) => id.startsWith('Alarms')).Properties[
      'AlarmActions'
    ]
  }),
  mutant('migrations of the first deploy alone', 'migration-repeats', (draft) => {
    const { ServiceToken } = draft.the(migration).Properties
    draft.the(migration).Properties = { ServiceToken }
  }),
]
