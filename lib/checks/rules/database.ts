import { referenceTo } from '../resolve.ts'
import type { Rule, StageToCheck } from '../rule.ts'

const clusterType = 'AWS::RDS::DBCluster'
const scaling = 'ServerlessV2ScalingConfiguration'

export function databaseRules({ isProtected, keepsData }: StageToCheck): readonly Rule[] {
  return [
    {
      id: 'database-capacity',
      refuses:
        'a capacity that is no step of 0.5, that runs backwards, or that pauses where it may not',
      of: clusterType,
      *check(cluster) {
        const min = cluster.number(scaling, 'MinCapacity')
        const max = cluster.number(scaling, 'MaxCapacity')
        const pause = cluster.number(scaling, 'SecondsUntilAutoPause')
        if (min === undefined || max === undefined) {
          yield `${scaling} has no MinCapacity or MaxCapacity: set both`
          return
        }
        for (const [name, value, least] of [
          ['MinCapacity', min, 0],
          ['MaxCapacity', max, 1],
        ] as const) {
          if (value % 0.5 !== 0 || value < least || value > 256) {
            yield `${name} is ${value}: take ${least} to 256 in steps of 0.5`
          }
        }
        if (min > max) {
          yield `MinCapacity is ${min} and MaxCapacity ${max}: the first is at most the second`
        }
        if (min === 0 && (pause === undefined || pause < 300 || pause > 86_400)) {
          yield `MinCapacity is 0 and SecondsUntilAutoPause ${pause ?? 'not set'}: set 300 to 86400`
        }
        if (min > 0 && pause !== undefined) {
          yield `SecondsUntilAutoPause is ${pause} and MinCapacity ${min}: only one of 0 pauses`
        }
        if (isProtected && min < 0.5) {
          yield `MinCapacity is ${min}: a protected stage may not pause, for a gateway does not wait for it`
        }
      },
    },
    {
      id: 'database-data-api',
      refuses: 'a cluster without the Data API, or of another PostgreSQL than the tests run on',
      of: clusterType,
      *check(cluster) {
        if (cluster.flag('EnableHttpEndpoint') !== true) {
          yield 'the Data API is off: set EnableHttpEndpoint'
        }
        const engine = cluster.text('Engine')
        if (engine !== 'aurora-postgresql') {
          yield `Engine is ${engine}: the migrations are aurora-postgresql's`
        }
        const version = cluster.text('EngineVersion') ?? 'none'
        if (!version.startsWith('17.')) yield `EngineVersion is ${version}: the tests run on 17`
      },
    },
    {
      id: 'database-master-secret',
      refuses: 'a master password that RDS does not keep',
      of: clusterType,
      *check(cluster) {
        if (cluster.flag('ManageMasterUserPassword') !== true) {
          yield 'RDS does not keep the master password: set ManageMasterUserPassword'
        }
        if (cluster.value('MasterUserPassword') !== undefined) {
          yield 'MasterUserPassword is in the template: leave it to RDS'
        }
      },
    },
    {
      id: 'database-protection',
      refuses: "a protected stage's database without backups of a week and a second zone",
      of: clusterType,
      *check(cluster) {
        if (!isProtected) return
        const days = cluster.number('BackupRetentionPeriod') ?? 1
        if (days < 7) yield `BackupRetentionPeriod is ${days}: keep backups for a week at least`
        const instances = cluster.stack.assembly
          .ofType('AWS::RDS::DBInstance')
          .filter((it) => it.text('DBClusterIdentifier') === referenceTo(cluster))
        if (instances.length < 2) {
          yield `it has ${instances.length} instance: a second one in another zone takes over within a minute`
        }
      },
    },
    {
      id: 'database-kept',
      refuses:
        'a database of a stage that keeps its data, and that is deleted without a last snapshot',
      of: clusterType,
      *check(cluster) {
        if (!keepsData) return
        for (const [name, policy] of [
          ['DeletionPolicy', cluster.deletionPolicy],
          ['UpdateReplacePolicy', cluster.updateReplacePolicy],
        ] as const) {
          if (policy !== 'Retain' && policy !== 'Snapshot') {
            yield `${name} is ${policy ?? 'not set'}: set Snapshot or Retain`
          }
        }
      },
    },
    {
      id: 'database-instance',
      refuses: 'an instance that does not scale with the cluster, or that the internet reaches',
      of: 'AWS::RDS::DBInstance',
      *check(instance) {
        const size = instance.text('DBInstanceClass')
        if (size !== 'db.serverless') yield `DBInstanceClass is ${size}: take db.serverless`
        if (instance.flag('PubliclyAccessible') === true) {
          yield 'PubliclyAccessible is on: turn it off'
        }
      },
    },
  ]
}
