import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, onTestFinished, test } from 'vitest'
import { resourcesOf, the } from './resources.ts'
import { synthesize } from './synthesize.ts'

async function dataStack(stage: 'dev' | 'prod') {
  const stacks = await synthesize(stage)
  onTestFinished(() => stacks[Symbol.asyncDispose]())
  return stacks.data
}

describe('the data stack', () => {
  test('keeps the database of prod, in two zones, and never pauses it', async () => {
    const template = await dataStack('prod')
    const cluster = the(template, 'AWS::RDS::DBCluster')
    expect(cluster).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        DeletionProtection: true,
        BackupRetentionPeriod: 14,
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 16 },
      },
    })
    const instances = resourcesOf(template, 'AWS::RDS::DBInstance')
    expect(instances.map(({ Properties }) => Properties['PromotionTier'])).toEqual([0, 1])
    const zones = resourcesOf(template, 'AWS::EC2::Subnet').map(
      ({ Properties }) => Properties['AvailabilityZone']['Fn::Select'][0] as number,
    )
    expect(zones).toEqual([0, 1])
  })

  test('lets dev pause, and be thrown away', async () => {
    const template = await dataStack('dev')
    expect(the(template, 'AWS::RDS::DBCluster')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        DeletionProtection: false,
        ServerlessV2ScalingConfiguration: {
          MinCapacity: 0,
          MaxCapacity: 2,
          SecondsUntilAutoPause: 300,
        },
      },
    })
    template.resourceCountIs('AWS::RDS::DBInstance', 1)
  })

  test('has PostgreSQL 17 with the Data API, encrypted, with a password that RDS manages', async () => {
    const template = await dataStack('prod')
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      Engine: 'aurora-postgresql',
      EngineVersion: Match.stringLikeRegexp('^17\\.'),
      DatabaseName: 'quick_connect',
      EnableHttpEndpoint: true,
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
    })
  })

  test('has a network without a way in or out, and no function in it', async () => {
    const template = await dataStack('prod')
    for (const type of [
      'NatGateway',
      'InternetGateway',
      'EIP',
      'VPCEndpoint',
      'SecurityGroupIngress',
    ]) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0)
    }
    const routes = resourcesOf(template, 'AWS::EC2::Route')
    expect(routes).toEqual([])
    expect(
      the(template, 'AWS::EC2::SecurityGroup').Properties['SecurityGroupIngress'],
    ).toBeUndefined()
    for (const fn of resourcesOf(template, 'AWS::Lambda::Function')) {
      expect(fn.Properties['VpcConfig']).toBeUndefined()
    }
  })

  test('tells what scripts/create-admin.sh asks for', async () => {
    const template = await dataStack('dev')
    for (const name of ['ClusterArn', 'AppSecretArn', 'DatabaseName']) template.hasOutput(name, {})
  })
})
