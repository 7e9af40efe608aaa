import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { functionEntries } from '../../functions/routes.ts'
import { resourcesOf, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { data: prod } = await synthesize('prod')
const { data: dev } = await synthesize('dev')

describe('the data stack', () => {
  test('keeps the database of prod, in two zones, and never pauses it', () => {
    const cluster = the(prod, 'AWS::RDS::DBCluster')
    expect(cluster).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        DeletionProtection: true,
        BackupRetentionPeriod: 14,
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 16 },
      },
    })
    const instances = resourcesOf(prod, 'AWS::RDS::DBInstance')
    expect(instances.map(({ Properties }) => Properties['PromotionTier'])).toEqual([0, 1])
    const zones = resourcesOf(prod, 'AWS::EC2::Subnet').map(
      ({ Properties }) => Properties['AvailabilityZone']['Fn::Select'][0] as number,
    )
    expect(zones).toEqual([0, 1])
  })

  test('keeps a last snapshot and the logs of prod when its protection is off for its removal', async () => {
    const removed = await synthesize('prod', { isProtected: false })
    expect(the(removed.data, 'AWS::RDS::DBCluster')).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: { DeletionProtection: false },
    })
    const kept = [removed.data, removed.application].flatMap((template) =>
      resourcesOf(template, 'AWS::Logs::LogGroup').filter((it) => it.DeletionPolicy === 'Retain'),
    )
    // One for each function, and for each API.
    expect(kept).toHaveLength(Object.keys(functionEntries).length + 3)
    await expect(synthesize('prod', { keepsData: false })).rejects.toThrow(
      'stages.prod.keepsData: must be true while isProtected is true',
    )
  })

  test('lets dev pause, and be thrown away', () => {
    expect(the(dev, 'AWS::RDS::DBCluster')).toMatchObject({
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
    dev.resourceCountIs('AWS::RDS::DBInstance', 1)
  })

  test('has PostgreSQL 17 with the Data API, encrypted, with a password that RDS manages', () => {
    prod.hasResourceProperties('AWS::RDS::DBCluster', {
      Engine: 'aurora-postgresql',
      EngineVersion: Match.stringLikeRegexp('^17\\.'),
      DatabaseName: 'quick_connect',
      EnableHttpEndpoint: true,
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
    })
  })

  test('has a network without a way in or out, and no function in it', () => {
    for (const type of [
      'NatGateway',
      'InternetGateway',
      'EIP',
      'VPCEndpoint',
      'SecurityGroupIngress',
    ]) {
      prod.resourceCountIs(`AWS::EC2::${type}`, 0)
    }
    const routes = resourcesOf(prod, 'AWS::EC2::Route')
    expect(routes).toEqual([])
    expect(the(prod, 'AWS::EC2::SecurityGroup').Properties['SecurityGroupIngress']).toBeUndefined()
    for (const fn of resourcesOf(prod, 'AWS::Lambda::Function')) {
      expect(fn.Properties['VpcConfig']).toBeUndefined()
    }
  })

  test('tells what scripts/create-admin.sh asks for', () => {
    for (const name of ['ClusterArn', 'AppSecretArn', 'DatabaseName']) dev.hasOutput(name, {})
  })

  test('begins with a snapshot where the stage names one', async () => {
    const snapshot = 'arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:then'
    const database = {
      minCapacity: 0,
      maxCapacity: 2,
      hasReader: false,
      backupDays: 1,
      engineVersion: '17.9',
      snapshot,
    }
    const { data } = await synthesize('dev', { database })
    const { Properties } = the(data, 'AWS::RDS::DBCluster')
    expect(Properties).toMatchObject({
      SnapshotIdentifier: snapshot,
      EngineVersion: '17.9',
      EnableHttpEndpoint: true,
      ManageMasterUserPassword: true,
    })
    expect(Properties).not.toHaveProperty('DatabaseName')
    expect(Properties).not.toHaveProperty('MasterUsername')
  })
})
