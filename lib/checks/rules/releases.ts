import type { Assembly, Resource } from '../assembly.ts'
import { aliasType, callableOf, find, functionBehind, versionType } from '../chat-function.ts'
import { madeBefore } from '../dependencies.ts'
import { attributeOf, qualifiedName, referenceTo } from '../resolve.ts'
import type { Rule, StageToCheck } from '../rule.ts'
import { namedBy } from './api-facts.ts'

const groupType = 'AWS::CodeDeploy::DeploymentGroup'

/** How a release reaches callers: at once, or gradually through an alias. */
export function releaseRules({ releasesGradually = false }: StageToCheck): readonly Rule[] {
  return [
    {
      id: 'release-alias',
      refuses:
        'a caller that goes past the alias of its function, or a function without one where the stage releases gradually: all calls would get a release at once',
      of: 'assembly',
      *checkAll(assembly) {
        for (const [caller, callable] of callersOf(assembly)) {
          const fn = functionBehind(callable)
          const alias = fn && aliasOf(fn)
          if (alias === undefined) {
            if (releasesGradually) {
              yield [caller, `it calls ${callable.id}, which has no alias: add one, and name it`]
            }
          } else if (callable !== alias) {
            yield [caller, `it names ${callable.id}: name the alias ${alias.id}`]
          }
        }
      },
    },
    {
      id: 'release-version',
      refuses:
        'an alias of anything else than the version of its function that this deploy publishes',
      of: aliasType,
      *check(alias) {
        if (versionOf(alias) === undefined) {
          yield `FunctionVersion is ${alias.text('FunctionVersion')}: take the version of its function that the stack publishes`
        }
        if (alias.value('RoutingConfig') !== undefined) {
          yield 'RoutingConfig is set: leave it to CodeDeploy'
        }
      },
    },
    {
      id: 'release-shift',
      refuses: 'an alias that a deploy changes for all calls at once',
      of: aliasType,
      *check(alias, assembly) {
        const group = groupOf(alias, assembly)
        if (group === undefined) {
          yield 'its UpdatePolicy names no deployment group of the stacks: set CodeDeployLambdaAliasUpdate'
          return
        }
        const application = alias.updatePolicy.text(
          'CodeDeployLambdaAliasUpdate',
          'ApplicationName',
        )
        if (application !== group.text('ApplicationName')) {
          yield `its UpdatePolicy names the application ${application}, which does not have ${group.id}`
        }
        const sharing = assembly.ofType(aliasType).filter((it) => groupOf(it, assembly) === group)
        if (sharing.length > 1) {
          yield `${sharing.length} aliases share ${group.id}, which shifts one at a time: give each its own`
        }
      },
    },
    {
      id: 'release-reversed',
      refuses:
        'a shift to a new release that its errors do not stop and reverse before all calls get it',
      of: groupType,
      *check(group, assembly) {
        const name = group.text('DeploymentConfigName') ?? 'none'
        const seconds = 60 * minutesOf(name)
        if (seconds === 0) {
          yield `DeploymentConfigName is ${name}: take one that shifts by and by, such as CodeDeployDefault.LambdaCanary10Percent10Minutes`
        }
        if (
          group.text('DeploymentStyle', 'DeploymentOption') !== 'WITH_TRAFFIC_CONTROL' ||
          group.text('DeploymentStyle', 'DeploymentType') !== 'BLUE_GREEN'
        ) {
          yield 'DeploymentStyle is not WITH_TRAFFIC_CONTROL and BLUE_GREEN: Lambda knows no other'
        }
        const events = group.texts('AutoRollbackConfiguration', 'Events')
        const isReversing = group.flag('AutoRollbackConfiguration', 'Enabled') === true
        for (const event of ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']) {
          if (!isReversing || !events.includes(event)) {
            yield `AutoRollbackConfiguration does not reverse on ${event}: add it`
          }
        }
        if (group.flag('AlarmConfiguration', 'Enabled') !== true) {
          yield 'AlarmConfiguration is not enabled: nothing stops a release that fails'
        }
        if (group.flag('AlarmConfiguration', 'IgnorePollAlarmFailure') === true) {
          yield 'AlarmConfiguration.IgnorePollAlarmFailure is on: it goes on when it cannot see the alarms'
        }
        const alarms = alarmsOf(group, assembly)
        for (const alarm of alarms) {
          const needed =
            (alarm.number('Period') ?? 0) *
            (alarm.number('DatapointsToAlarm') ?? alarm.number('EvaluationPeriods') ?? 1)
          if (seconds > 0 && needed >= seconds) {
            yield `${alarm.id} needs ${needed} s of errors, and all calls get the release after ${seconds} s: take shorter periods`
          }
        }
        for (const alias of assembly.ofType(aliasType)) {
          if (groupOf(alias, assembly) === group) yield* missingAlarms(alias, alarms, assembly)
        }
      },
    },
    {
      id: 'page-last',
      refuses: 'a page of a release that comes before all calls get the handlers of that release',
      of: 'Custom::CDKBucketDeployment',
      *check(upload, assembly) {
        // Parts of the page have a hash in their names, so nobody requests them before the page does.
        if (upload.text('SystemMetadata', 'cache-control')?.includes('immutable') === true) return
        const before = madeBefore(upload)
        for (const callable of new Set(callersOf(assembly).map(([, each]) => each))) {
          if (callable.stack === upload.stack && !before.has(callable)) {
            yield `it does not wait for ${callable.id}: add a dependency on it`
          }
        }
      },
    },
  ]
}

/**
 * Returns everything that calls a function for clients or for a queue, or may call one, with the function that it
 * names.
 */
function callersOf(assembly: Assembly): (readonly [caller: Resource, callable: Resource])[] {
  const named = [
    ...assembly.ofType('AWS::ApiGatewayV2::Integration').map((it) => [it, namedBy(it)] as const),
    ...assembly
      .ofType('AWS::Lambda::EventSourceMapping')
      .map((it) => [it, callableOf(it.text('FunctionName') ?? '', assembly)] as const),
    ...assembly
      .ofType('AWS::Lambda::Permission')
      .filter((it) => it.text('Principal') === 'apigateway.amazonaws.com')
      .map((it) => [it, callableOf(it.text('FunctionName') ?? '', assembly)] as const),
  ]
  // Another rule reports callers that call no function of the stacks.
  return named.flatMap(([caller, callable]) => (callable === undefined ? [] : [[caller, callable]]))
}

function aliasOf(fn: Resource): Resource | undefined {
  return fn.stack.assembly.ofType(aliasType).find((it) => functionBehind(it) === fn)
}

/** Returns the version behind an alias, when the stacks publish it. */
function versionOf(alias: Resource): Resource | undefined {
  const version = alias.text('FunctionVersion')
  return alias.stack.assembly
    .ofType(versionType)
    .find(
      (it) =>
        attributeOf(it, 'Version') === version && functionBehind(it) === functionBehind(alias),
    )
}

function groupOf(alias: Resource, assembly: Assembly): Resource | undefined {
  const name = alias.updatePolicy.text('CodeDeployLambdaAliasUpdate', 'DeploymentGroupName')
  return name === undefined ? undefined : find(groupType, name, assembly)
}

function alarmsOf(group: Resource, assembly: Assembly): Resource[] {
  const names = group.each('AlarmConfiguration', 'Alarms').map((it) => it.text('Name'))
  return assembly
    .ofType('AWS::CloudWatch::Alarm')
    .filter((alarm) => names.includes(referenceTo(alarm)))
}

/**
 * Two alarms watch the new version: its crashes, and the errors that it caught and logged. Both have the version in
 * their names, because an alarm that is changed keeps the state of the version before.
 */
function* missingAlarms(
  alias: Resource,
  alarms: readonly Resource[],
  assembly: Assembly,
): Iterable<string> {
  const version = versionOf(alias)
  const fn = functionBehind(alias)
  if (version === undefined || fn === undefined) return // release-version reports this
  const number = attributeOf(version, 'Version')
  const crashes = {
    FunctionName: referenceTo(fn),
    Resource: qualifiedName(alias),
    ExecutedVersion: number,
  }
  const ofCrashes = alarms.filter(
    (alarm) =>
      alarm.text('Namespace') === 'AWS/Lambda' &&
      alarm.text('MetricName') === 'Errors' &&
      isOf(alarm, crashes),
  )
  const metrics = loggedErrorsOf(fn, assembly)
  const ofLogs = alarms.filter(
    (alarm) => metrics.includes(alarm.text('MetricName')) && isOf(alarm, { version: number }),
  )
  if (ofCrashes.length === 0) {
    yield `no alarm of it is of the metric Errors of ${alias.id} in its new version: add one`
  }
  if (ofLogs.length === 0) {
    yield `no alarm of it is of the errors in the log of ${fn.id} in its new version: add one`
  }
  for (const alarm of [...ofCrashes, ...ofLogs]) {
    if (alarm.text('AlarmName')?.includes(number) !== true) {
      yield `${alarm.id} keeps its state from release to release: put the version into AlarmName`
    }
  }
}

function isOf(alarm: Resource, dimensions: Readonly<Record<string, string>>): boolean {
  const found = alarm.each('Dimensions').map((it) => [it.text('Name'), it.text('Value')])
  return (
    found.length === Object.keys(dimensions).length &&
    found.every(([name, value]) => dimensions[name ?? ''] === value)
  )
}

/** Returns the metrics of the errors in a function's log, with the function's version as their dimension. */
function loggedErrorsOf(fn: Resource, assembly: Assembly): (string | undefined)[] {
  return assembly
    .ofType('AWS::Logs::MetricFilter')
    .filter((filter) => filter.text('LogGroupName') === fn.text('LoggingConfig', 'LogGroup'))
    .filter((filter) => filter.text('FilterPattern') === '{ $.level = "ERROR" }')
    .flatMap((filter) => filter.each('MetricTransformations'))
    .filter((it) =>
      it
        .each('Dimensions')
        .some((each) => each.text('Key') === 'version' && each.text('Value') === '$.version'),
    )
    .map((it) => it.text('MetricName'))
}

/** Returns how long a shift of CodeDeploy takes, from its first calls to all calls. */
function minutesOf(config: string): number {
  const [, canary] = /\.LambdaCanary\d+Percent(\d+)Minutes$/.exec(config) ?? []
  const [, percent, every] = /\.LambdaLinear(\d+)PercentEvery(\d+)Minutes?$/.exec(config) ?? []
  if (canary !== undefined) return Number(canary)
  return every === undefined ? 0 : (100 / Number(percent)) * Number(every)
}
