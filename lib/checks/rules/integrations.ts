import type { Resource } from '../assembly.ts'
import { madeBefore } from '../dependencies.ts'
import { matches } from '../iam/is-allowed.ts'
import { arnIn, referenceTo } from '../resolve.ts'
import type { Rule } from '../rule.ts'
import {
  apiOf,
  calledBy,
  integrationOf,
  isWebSocket,
  namedBy,
  partsOf,
  permissionsFor,
} from './api-facts.ts'

export const integrationRules: readonly Rule[] = [
  {
    id: 'integration-function',
    refuses: 'an integration that does not hand its events to a Lambda function of the stacks',
    of: 'AWS::ApiGatewayV2::Integration',
    *check(integration) {
      const type = integration.text('IntegrationType') ?? 'none'
      if (type !== 'AWS_PROXY') yield `IntegrationType is ${type}: set AWS_PROXY`
      if (calledBy(integration) === undefined) {
        yield `IntegrationUri is ${integration.text('IntegrationUri')}: set it to a function of the stacks`
      }
      const version = integration.text('PayloadFormatVersion')
      if (!isWebSocket(apiOf(integration)) && version !== '2.0') {
        yield `PayloadFormatVersion is ${version}: the handlers read 2.0`
      }
    },
  },
  {
    id: 'integration-timeout',
    refuses:
      'an integration that would wait longer than API Gateway, or less than its function may take',
    of: 'AWS::ApiGatewayV2::Integration',
    *check(integration) {
      const most = isWebSocket(apiOf(integration)) ? 29_000 : 30_000
      const milliseconds = integration.number('TimeoutInMillis') ?? most
      if (milliseconds < 50 || milliseconds > most) {
        yield `TimeoutInMillis is ${milliseconds}: API Gateway takes 50 to ${most}`
      }
      const seconds = calledBy(integration)?.number('Timeout') ?? 3
      if (seconds * 1000 > milliseconds) {
        yield `its function may take ${seconds} s and API Gateway waits ${milliseconds / 1000} s: give the function less`
      }
    },
  },
  {
    id: 'integration-permission',
    refuses: 'a route whose function API Gateway may not call, or not yet when the route is made',
    of: 'AWS::ApiGatewayV2::Route',
    *check(route, assembly) {
      const integration = integrationOf(route)
      const named = integration === undefined ? undefined : namedBy(integration)
      if (named === undefined) return // another rule reports this
      const permissions = permissionsFor(named, 'apigateway.amazonaws.com', assembly)
      for (const call of callsOf(route)) {
        const fitting = permissions.find((it) => matches(it.text('SourceArn') ?? '', call))
        if (fitting === undefined) {
          yield `API Gateway may not call ${named.id} for ${route.text('RouteKey')}: add an AWS::Lambda::Permission with the SourceArn of the API`
          return
        }
        if (!madeBefore(integration!).has(fitting)) {
          yield `${integration!.id} does not wait for ${fitting.id}, without which calls fail: add a dependency on it`
          return
        }
      }
    },
  },
]

/** Returns the ARNs that API Gateway shows to Lambda when it calls for a route. */
function callsOf(route: Resource): string[] {
  const api = apiOf(route)
  const prefix = arnIn(api.stack, 'execute-api', referenceTo(api))
  const stages = partsOf(api, 'Stage').map((stage) => stage.text('StageName') ?? '')
  const key = route.text('RouteKey') ?? ''
  const [method, path] = key.split(' ')
  const calls =
    path === undefined
      ? [key]
      : (method === 'ANY' ? ['GET', 'POST'] : [method]).map((it) => `${it}${path}`)
  return stages.flatMap((stage) => calls.map((call) => `${prefix}/${stage}/${call}`))
}
