import type { Resource } from '../assembly.ts'
import { madeBefore } from '../dependencies.ts'
import { attributeOf, referenceTo } from '../resolve.ts'
import type { Rule } from '../rule.ts'
import { apiOf, isWebSocket, partsOf } from './api-facts.ts'

const stageType = 'AWS::ApiGatewayV2::Stage'

/** What a line of an access log may hold: nothing that lets anybody in, nothing that was said. */
const loggable = new Set(
  [
    'accountId apiId connectedAt connectionId domainName error.message error.responseType eventType',
    'extendedRequestId httpMethod identity.sourceIp identity.userAgent integration.error',
    'integration.integrationStatus integration.latency integration.requestId integration.status',
    'integrationErrorMessage integrationLatency integrationStatus messageId protocol requestId',
    'requestTime requestTimeEpoch responseLatency responseLength routeKey stage status',
  ].flatMap((names) => names.split(' ')),
)

export const stageRules: readonly Rule[] = [
  {
    id: 'stage-name',
    refuses: 'a name of a stage that API Gateway does not take',
    of: stageType,
    *check(stage) {
      const name = stage.text('StageName') ?? ''
      if (name === '$default' && !isWebSocket(apiOf(stage))) return
      if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
        yield `StageName is ${JSON.stringify(name)}: take letters, digits, - and _ ($default for HTTP alone)`
      }
    },
  },
  {
    id: 'stage-throttle',
    refuses:
      "a stage or route without a limit of its own, which could take the whole account's requests",
    of: stageType,
    *check(stage) {
      const routes = stage.keys('RouteSettings')
      const places = [['DefaultRouteSettings'], ...routes.map((key) => ['RouteSettings', key])]
      for (const place of places) {
        for (const limit of ['ThrottlingRateLimit', 'ThrottlingBurstLimit']) {
          const value = stage.number(...place, limit) ?? 0
          if (value <= 0) {
            yield `${[...place, limit].join('.')} is ${value}: nothing would be let through, or anything`
          }
        }
      }
    },
  },
  {
    id: 'stage-route-settings',
    refuses: 'settings for a route that does not exist, or not yet when the stage is made',
    of: stageType,
    *check(stage) {
      const routes = partsOf(apiOf(stage), 'Route')
      for (const key of stage.keys('RouteSettings')) {
        const route = routes.find((it) => it.text('RouteKey') === key)
        if (route === undefined) yield `RouteSettings has ${key}, which is no route of the API`
        else if (route.stack === stage.stack && !madeBefore(stage).has(route)) {
          yield `RouteSettings has ${key}, and the stage does not wait for that route: add a dependency`
        }
      }
    },
  },
  {
    id: 'stage-deploys',
    refuses: 'a stage whose changes reach nobody until somebody deploys it by hand',
    of: stageType,
    *check(stage) {
      if (stage.flag('AutoDeploy') !== true && stage.value('DeploymentId') === undefined) {
        yield 'neither AutoDeploy nor DeploymentId is set: set AutoDeploy'
      }
    },
  },
  {
    id: 'access-log-format',
    refuses: 'an access log with tokens, queries, headers or bodies in it',
    of: stageType,
    *check(stage) {
      const format = stage.text('AccessLogSettings', 'Format')
      for (const [whole, name] of (format ?? '').matchAll(/\$(?:context\.)?([\w.]*\w|\S)/g)) {
        if (!whole.startsWith('$context.') || !loggable.has(name!)) {
          yield `the access log has ${whole}, which may let somebody in or be private: leave it out`
        }
      }
      if (Buffer.byteLength(format ?? '') > 3072) yield 'the format is over 3 KB: shorten it'
    },
  },
  {
    id: 'access-log-group',
    refuses: 'an access log that goes to no log group of the stacks',
    of: stageType,
    *check(stage, assembly) {
      const destination = stage.text('AccessLogSettings', 'DestinationArn')
      if (destination === undefined) return // cdk-nag asks for it
      const group = assembly.ofType('AWS::Logs::LogGroup').find((it) => isArnOf(destination, it))
      if (group === undefined) {
        yield `DestinationArn is ${destination}: no log group of the stacks has it`
      }
    },
  },
  {
    id: 'stage-data-trace',
    refuses: 'an execution log, which has the frames with what people write in it',
    of: stageType,
    *check(stage) {
      const routes = stage.keys('RouteSettings')
      for (const place of [
        ['DefaultRouteSettings'],
        ...routes.map((key) => ['RouteSettings', key]),
      ]) {
        if (stage.flag(...place, 'DataTraceEnabled') === true) {
          yield `${place.join('.')}.DataTraceEnabled is on: turn it off`
        }
        const level = stage.text(...place, 'LoggingLevel') ?? 'OFF'
        if (level !== 'OFF') yield `${place.join('.')}.LoggingLevel is ${level}: turn it OFF`
      }
    },
  },
]

/** With or without the `:*` that stands for its streams. */
function isArnOf(arn: string, group: Resource): boolean {
  const whole = attributeOf(group, 'Arn')
  return arn === whole || `${arn}:*` === whole || arn === referenceTo(group)
}
