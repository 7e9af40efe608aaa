import { expect, test } from 'vitest'
import { units } from '../../functions/metrics.ts'
import {
  cdnAlarms,
  customMetrics,
  firewallRules,
  instances,
  resources,
} from '../../scripts/costs/stage-costs.ts'
import { resourcesOf, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

test.each(['dev', 'prod'] as const)('an idle month of %s is that of its stacks', async (stage) => {
  const { data, application } = await synthesize(stage)
  const all = [data, application]
  const made = (type: string) => all.flatMap((template) => resourcesOf(template, type))
  const cluster = the(data, 'AWS::RDS::DBCluster').Properties
  expect(cluster['ManageMasterUserPassword']).toBe(true)
  const alarms = made('AWS::CloudWatch::Alarm')
  const releaseAlarms = alarms.filter(({ id }) => id.startsWith('Releases'))
  const metrics = alarms
    .filter((alarm) => !releaseAlarms.includes(alarm))
    .map(({ Properties }) =>
      (Properties['Metrics'] ?? [{ MetricStat: {} }]).filter(
        (each: object) => 'MetricStat' in each,
      ),
    )
  expect({
    // The owner's is RDS's own.
    secrets: 1 + made('AWS::SecretsManager::Secret').length,
    alarmMetrics: metrics.flat().length,
    releaseAlarms: releaseAlarms.length,
    dashboards: made('AWS::CloudWatch::Dashboard').length,
  }).toEqual(resources[stage])
  const { MinCapacity } = cluster['ServerlessV2ScalingConfiguration']
  const database = { count: made('AWS::RDS::DBInstance').length, minCapacity: MinCapacity }
  expect(database).toEqual(stage === 'prod' ? instances : { count: 1, minCapacity: 0 })
})

test('the extras are those of the stacks', async () => {
  const settings = { region: 'eu-central-1', hasFirewall: true, hasAlarms: true }
  const { firewall, cdnAlarms: cdn } = await synthesize('dev', settings)
  expect(resourcesOf(cdn!, 'AWS::CloudWatch::Alarm')).toHaveLength(cdnAlarms)
  expect(the(firewall!, 'AWS::WAFv2::WebACL').Properties['Rules']).toHaveLength(firewallRules)
  expect(customMetrics).toBe(Object.keys(units).length + 1)
})
