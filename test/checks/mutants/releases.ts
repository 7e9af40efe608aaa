import type { Draft, Json, Resource } from '../draft.ts'
import { mentions } from '../draft.ts'
import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const lambda = 'AWS::Lambda::Function'
const version = 'AWS::Lambda::Version'
const alias = 'AWS::Lambda::Alias'
const group = 'AWS::CodeDeploy::DeploymentGroup'
const alarm = 'AWS::CloudWatch::Alarm'
const integration = 'AWS::ApiGatewayV2::Integration'
const permission = 'AWS::Lambda::Permission'
const source = 'AWS::Lambda::EventSourceMapping'
const migration = 'Custom::QuickConnectSchema'
const upload = 'Custom::CDKBucketDeployment'

const begins = (prefix: string) => (_: Resource, id: string) => id.startsWith(prefix)
const aliasOf = (draft: Draft, fn: string) => draft.the(alias, begins(`Releases${fn}`))
const groupOf = (draft: Draft, fn: string) =>
  draft.the(group, begins(`Releases${fn}release`)).Properties
const alarmOf = (draft: Draft, fn: string, what: 'crashes' | 'errors') =>
  draft.the(alarm, begins(`Releases${fn}release${what}`)).Properties
const functionArn = (draft: Draft, fn: string) => ({
  'Fn::GetAtt': [draft.idOf(lambda, named(fn)), 'Arn'],
})
const numberOf = (draft: Draft, fn: string) => ({
  'Fn::GetAtt': [draft.idOf(version, begins(`${fn}Function`)), 'Version'],
})
const dimension = (properties: Record<string, Json>, name: string): Json =>
  properties['Dimensions'].find((it: Json) => it.Name === name)

/** Replaces the alias of a function in a resource by the function itself. */
function pastAlias(draft: Draft, type: string, fn: string): void {
  const ref = JSON.stringify({ Ref: draft.idOf(alias, begins(`Releases${fn}`)) })
  const resource = draft.the(type, mentions(ref))
  resource.Properties = JSON.parse(
    JSON.stringify(resource.Properties).replaceAll(ref, JSON.stringify(functionArn(draft, fn))),
  )
}

/** Gradual releases, and what reverses them. */
export const releaseMutants = [
  mutant(
    'an integration of the HTTP API that gets each release at once',
    'release-alias',
    (draft) => pastAlias(draft, integration, 'api'),
  ),
  mutant('an integration of the sockets that gets each release at once', 'release-alias', (draft) =>
    pastAlias(draft, integration, 'sendmessage'),
  ),
  mutant('a permission of the function in place of its alias', 'integration-permission', (draft) =>
    pastAlias(draft, permission, 'connect'),
  ),
  mutant('a permission that goes past the alias', 'release-alias', (draft) =>
    pastAlias(draft, permission, 'admin'),
  ),
  mutant('an integration that comes before its permission', 'integration-permission', (draft) => {
    delete draft.the(integration, mentions(draft.idOf(alias, begins('Releasesapi')))).DependsOn
  }),
  mutant('a queue whose worker gets each release at once', 'release-alias', (draft) => {
    draft.the(source).Properties['FunctionName'] = functionArn(draft, 'fanout')
  }),
  mutant('a worker without an alias', 'release-alias', (draft) => {
    draft.the(source).Properties['FunctionName'] = functionArn(draft, 'fanout')
    draft.remove(alias, begins('Releasesfanout'))
  }),
  mutant('a queue whose worker is a version that a deploy removes', 'release-alias', (draft) => {
    draft.the(source).Properties['FunctionName'] = {
      Ref: draft.idOf(version, begins('fanoutFunction')),
    }
  }),
  mutant('a queue whose worker is an alias that does not exist', 'event-source-arn', (draft) => {
    draft.the(source).Properties['FunctionName'] = {
      'Fn::Join': [':', [functionArn(draft, 'fanout'), 'life']],
    }
  }),
  mutant('an alias of a version of another function', 'release-version', (draft) => {
    aliasOf(draft, 'frame').Properties['FunctionVersion'] = numberOf(draft, 'sendmessage')
  }),
  mutant('an alias of a version that stays', 'release-version', (draft) => {
    aliasOf(draft, 'frame').Properties['FunctionVersion'] = '1'
  }),
  mutant('an alias with weights that a deploy sets', 'release-version', (draft) => {
    aliasOf(draft, 'frame').Properties['RoutingConfig'] = {
      AdditionalVersionWeights: [{ FunctionVersion: '1', FunctionWeight: 0.5 }],
    }
  }),
  mutant('an alias that costs by the hour', 'function-concurrency', (draft) => {
    aliasOf(draft, 'frame').Properties['ProvisionedConcurrencyConfig'] = {
      ProvisionedConcurrentExecutions: 1,
    }
  }),
  mutant('an alias that changes for all calls at once', 'release-shift', (draft) => {
    delete aliasOf(draft, 'api').UpdatePolicy
  }),
  mutant('an alias with the group of another', 'release-shift', (draft) => {
    const of = (fn: string) => aliasOf(draft, fn).UpdatePolicy!['CodeDeployLambdaAliasUpdate']
    of('api').DeploymentGroupName = of('admin').DeploymentGroupName
  }),
  mutant('an alias with a group that does not exist', 'release-shift', (draft) => {
    aliasOf(draft, 'api').UpdatePolicy!['CodeDeployLambdaAliasUpdate'].DeploymentGroupName = 'api'
  }),
  mutant('an alias with the application of somebody else', 'release-shift', (draft) => {
    aliasOf(draft, 'api').UpdatePolicy!['CodeDeployLambdaAliasUpdate'].ApplicationName = 'other'
  }),
  mutant('a shift of all calls at once', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['DeploymentConfigName'] = 'CodeDeployDefault.LambdaAllAtOnce'
  }),
  mutant('a shift for servers', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['DeploymentStyle'].DeploymentType = 'IN_PLACE'
  }),
  mutant('a shift without alarms', 'release-reversed', (draft) => {
    delete groupOf(draft, 'api')['AlarmConfiguration']
  }),
  mutant('a shift whose alarms are off', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['AlarmConfiguration'].Enabled = false
  }),
  mutant('a shift that goes on when it cannot see its alarms', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['AlarmConfiguration'].IgnorePollAlarmFailure = true
  }),
  mutant('a shift without the alarm of what crashes', 'release-reversed', (draft) => {
    groupOf(draft, 'connect')['AlarmConfiguration'].Alarms.splice(0, 1)
  }),
  mutant('a shift without the alarm of what is logged', 'release-reversed', (draft) => {
    groupOf(draft, 'connect')['AlarmConfiguration'].Alarms.splice(1, 1)
  }),
  mutant('a shift with the alarms of another function', 'release-reversed', (draft) => {
    groupOf(draft, 'connect')['AlarmConfiguration'] = groupOf(draft, 'frame')['AlarmConfiguration']
  }),
  mutant('a shift that stops and is not reversed', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['AutoRollbackConfiguration'].Enabled = false
  }),
  mutant('a shift that no alarm reverses', 'release-reversed', (draft) => {
    groupOf(draft, 'api')['AutoRollbackConfiguration'].Events = ['DEPLOYMENT_FAILURE']
  }),
  mutant('an alarm of errors of the release before, too', 'release-reversed', (draft) => {
    const properties = alarmOf(draft, 'api', 'crashes')
    properties['Dimensions'] = properties['Dimensions'].filter(
      (it: Json) => it.Name !== 'ExecutedVersion',
    )
  }),
  mutant('an alarm of the version of another function', 'release-reversed', (draft) => {
    dimension(alarmOf(draft, 'api', 'errors'), 'version').Value = numberOf(draft, 'frame')
  }),
  mutant('an alarm that keeps the state of the release before', 'release-reversed', (draft) => {
    alarmOf(draft, 'api', 'errors')['AlarmName'] = 'QuickConnect-prod-api-errors'
  }),
  mutant('an alarm that comes when all calls have the release', 'release-reversed', (draft) => {
    alarmOf(draft, 'api', 'crashes')['Period'] = 300
  }),
  mutant('an alarm of an alias that does not exist', 'alarm-metric', (draft) => {
    dimension(alarmOf(draft, 'api', 'crashes'), 'Resource').Value['Fn::Join'][1][1] = ':life'
  }),
  mutant('an alarm of a version that stays', 'alarm-metric', (draft) => {
    dimension(alarmOf(draft, 'api', 'crashes'), 'ExecutedVersion').Value = '1'
  }),
  mutant('an alarm that reverses a release when all is well', 'alarm-direction', (draft) => {
    alarmOf(draft, 'api', 'errors')['ComparisonOperator'] = 'LessThanOrEqualToThreshold'
  }),
  mutant('an alarm that reverses a release that nobody calls', 'alarm-direction', (draft) => {
    alarmOf(draft, 'api', 'errors')['TreatMissingData'] = 'breaching'
  }),
  mutant('errors that are counted without their version', 'release-reversed', (draft) => {
    const filter = draft.the('AWS::Logs::MetricFilter', begins('Releasesapierrors'))
    delete filter.Properties['MetricTransformations'][0].Dimensions
  }),
  mutant('errors of the log of another function', 'release-reversed', (draft) => {
    const of = (fn: string) =>
      draft.the('AWS::Logs::MetricFilter', begins(`Releases${fn}errors`)).Properties
    of('api')['LogGroupName'] = of('frame')['LogGroupName']
  }),
  mutant('a page that comes before its handlers', 'page-last', (draft) => {
    const page = draft.the(upload, (it) => !JSON.stringify(it).includes('immutable'))
    page.DependsOn = page.DependsOn!.filter((id) => !id.startsWith('Releasesapi'))
  }),
  mutant('releases that CodeDeploy may not shift', 'role-trust', (draft) => {
    draft.the('AWS::IAM::Role', begins('ReleasesRole')).Properties[
      'AssumeRolePolicyDocument'
    ].Statement[0].Principal.Service = 'lambda.amazonaws.com'
  }),
  mutant('a CodeDeploy that may do everything', 'iam-foreign-role', (draft) => {
    draft.the('AWS::IAM::Role', begins('ReleasesRole')).Properties['ManagedPolicyArns'] = [
      'arn:aws:iam::aws:policy/AdministratorAccess',
    ]
  }),
  mutant('a CodeDeploy that may do what a function may', 'iam-foreign-role', (draft) => {
    draft
      .the('AWS::IAM::Policy', begins('sendmessageRole'))
      .Properties['Roles'].push({ Ref: draft.idOf('AWS::IAM::Role', begins('ReleasesRole')) })
  }),
  mutant('a schedule of an alias that keeps the database awake', 'function-schedule', (draft) => {
    draft.addBeside(alias, 'Sweep', {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(5 minutes)',
        State: 'ENABLED',
        Targets: [{ Id: 'Target', Arn: { Ref: draft.idOf(alias, begins('Releasesdisconnect')) } }],
      },
    })
  }),
  mutant('an event that may not call an alias', 'rule-permission', (draft) => {
    const target = { Ref: draft.idOf(alias, begins('Releasesdisconnect')) }
    draft.addBeside(alias, 'OnEvent', {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.rds'] },
        State: 'ENABLED',
        Targets: [{ Id: 'Target', Arn: target }],
      },
    })
  }),
  mutant('a rollback that asks the database', 'migration-rollback', (draft) => {
    delete draft.the(migration).Properties['build']
  }),
  mutant('a rollback that goes by another function', 'migration-rollback', (draft) => {
    draft.the(migration).Properties['build'] = numberOf(draft, 'frame')
  }),
  mutant('migrations of a version, which a deploy removes', 'migration-rollback', (draft) => {
    draft.the(migration).Properties['ServiceToken'] = {
      Ref: draft.idOf(version, begins('migrateFunction')),
    }
  }),
]
