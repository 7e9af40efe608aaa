/** A release that comes to some calls first, and what reverses it. */
import { expect, test } from 'vitest'
import { functionNamed, resourcesOf, text, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { data, application } = await synthesize('prod')
const serving = ['api', 'connect', 'disconnect', 'sendmessage', 'frame', 'admin', 'fanout']
const aliases = resourcesOf(application, 'AWS::Lambda::Alias')
const aliasOf = (fn: string) => aliases.find(({ id }) => id.startsWith(`Releases${fn}`))!
const versionOf = (fn: string) =>
  resourcesOf(application, 'AWS::Lambda::Version').find(({ id }) => id.startsWith(`${fn}Function`))!

test('each function that clients or the queue call has the alias live, of a version of its own', () => {
  expect(aliases).toHaveLength(serving.length)
  for (const fn of serving) {
    const { Properties } = aliasOf(fn)
    expect(Properties).toEqual({
      Name: 'live',
      FunctionName: { Ref: functionNamed(application, fn).id },
      FunctionVersion: { 'Fn::GetAtt': [versionOf(fn).id, 'Version'] },
    })
  }
})

test('what is called by CloudFormation or once a month has no alias', () => {
  expect(resourcesOf(data, 'AWS::Lambda::Alias')).toEqual([])
  expect(aliases.filter(({ id }) => /migrate|rotate/.test(id))).toEqual([])
})

test('integrations, permissions and the queue name the alias', () => {
  const named = [
    ...resourcesOf(application, 'AWS::ApiGatewayV2::Integration').map((it) =>
      text(it.Properties['IntegrationUri']),
    ),
    ...resourcesOf(application, 'AWS::Lambda::Permission').map((it) =>
      text(it.Properties['FunctionName']),
    ),
    text(the(application, 'AWS::Lambda::EventSourceMapping').Properties['FunctionName']),
  ]
  for (const name of named) expect(name).toMatch(/<Releases|Ref":"Releases/)
  for (const { id } of aliases) expect(named.some((name) => name.includes(id))).toBe(true)
})

test('CodeDeploy shifts one call in ten first, and errors of the new version reverse it', () => {
  const alarms = resourcesOf(application, 'AWS::CloudWatch::Alarm')
  for (const fn of serving) {
    const { CodeDeployLambdaAliasUpdate } = (
      application.toJSON()['Resources'] as Record<string, Record<string, never>>
    )[aliasOf(fn).id]!['UpdatePolicy']!
    const group = resourcesOf(application, 'AWS::CodeDeploy::DeploymentGroup').find(
      ({ id }) => id === CodeDeployLambdaAliasUpdate['DeploymentGroupName']['Ref'],
    )!
    expect(group.Properties).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent10Minutes',
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: expect.arrayContaining(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']),
      },
      AlarmConfiguration: { Enabled: true },
    })
    const names = group.Properties['AlarmConfiguration'].Alarms as { Name: { Ref: string } }[]
    const found = names.map(({ Name }) => alarms.find(({ id }) => id === Name.Ref)!.Properties)
    const version = text({ 'Fn::GetAtt': [versionOf(fn).id, 'Version'] })
    expect(found.map((it) => [it['MetricName'], text(it['AlarmName']).includes(version)])).toEqual([
      ['Errors', true],
      [`ReleaseErrors-prod-${fn === 'fanout' ? 'fan-out' : fn}`, true],
    ])
  }
})

test('a new version comes after the migrations, and the pages after all calls get it', () => {
  const [migration] = resourcesOf(application, 'Custom::QuickConnectSchema')
  for (const fn of serving) {
    expect(functionNamed(application, fn).DependsOn).toContain(migration!.id)
    expect(versionOf(fn).DependsOn).toContain(migration!.id)
  }
  const pages = resourcesOf(application, 'Custom::CDKBucketDeployment').filter(
    ({ Properties }) => !JSON.stringify(Properties).includes('immutable'),
  )
  expect(pages.length).toBeGreaterThan(0)
  for (const { DependsOn } of pages) {
    expect(DependsOn).toEqual(expect.arrayContaining(aliases.map(({ id }) => id)))
  }
})

test('other code or another setting of a function makes another version of it, and of no other', async () => {
  const code = { 'fan-out': 'export const handler = () => 1' }
  const changed = await synthesize('prod', { environment: { SEARCHES_PER_MINUTE: 5 } }, code)
  const ids = resourcesOf(application, 'AWS::Lambda::Version').map(({ id }) => id)
  const kept = ids.filter((id) => changed.application.toJSON()['Resources'][id] !== undefined)
  expect(kept.map((id) => id.replace(/Function.*/, ''))).toEqual(['disconnect', 'migrate'])
  expect(resourcesOf(changed.application, 'AWS::Lambda::Version')).toHaveLength(ids.length)
})

test('the migrations say which version of their function asks, and which migrations it has', () => {
  const { Properties } = the(application, 'Custom::QuickConnectSchema')
  expect(Properties['build']).toEqual({ 'Fn::GetAtt': [versionOf('migrate').id, 'Version'] })
  expect(Properties['migrations']).toContain('0001-tables')
  expect(Properties['ServiceToken']['Fn::GetAtt'][0]).toMatch(/^migrateFunction/)
})

test('a stage that does not ask for it has no alias, no alarm and no version but of the migrations', async () => {
  const dev = (await synthesize('dev')).application
  for (const type of ['Lambda::Alias', 'CodeDeploy::DeploymentGroup', 'CloudWatch::Alarm']) {
    expect(resourcesOf(dev, `AWS::${type}`)).toEqual([])
  }
  expect(resourcesOf(dev, 'AWS::Lambda::Version').map(({ id }) => id)).toEqual([
    expect.stringMatching(/^migrateFunction/),
  ])
  const uri = resourcesOf(dev, 'AWS::ApiGatewayV2::Integration')[0]!.Properties['IntegrationUri']
  expect(text(uri)).toContain('Function')
})

test('a stage without alarms has those that reverse a release, and no topic', async () => {
  const { application } = await synthesize('dev', { releasesGradually: true })
  expect(resourcesOf(application, 'AWS::CloudWatch::Alarm')).toHaveLength(2 * serving.length)
  expect(resourcesOf(application, 'AWS::SNS::Topic')).toEqual([])
})
