import type { Assembly, Resource } from '../assembly.ts'
import { callableOf, find, functionBehind } from '../chat-function.ts'
import { referenceTo, Unresolvable } from '../resolve.ts'

/** Returns the API of a stage, a route or an integration. */
export function apiOf(resource: Resource): Resource {
  const id = resource.text('ApiId') ?? ''
  const api = find('AWS::ApiGatewayV2::Api', id, resource.stack.assembly)
  if (api === undefined) throw new Unresolvable(id, 'its API is in no stack')
  return api
}

export function isWebSocket(api: Resource): boolean {
  return api.text('ProtocolType') === 'WEBSOCKET'
}

/** Returns the stages, routes or integrations of an API. */
export function partsOf(api: Resource, part: 'Stage' | 'Route' | 'Integration'): Resource[] {
  return api.stack.assembly
    .ofType(`AWS::ApiGatewayV2::${part}`)
    .filter((it) => it.text('ApiId') === referenceTo(api))
}

export function integrationOf(route: Resource): Resource | undefined {
  const [, id] = /^integrations\/(.+)$/.exec(route.text('Target') ?? '') ?? []
  if (id === undefined) return undefined
  return find('AWS::ApiGatewayV2::Integration', id, route.stack.assembly)
}

/** Returns what an integration names: a Lambda function, or an alias or a version of it. */
export function namedBy(integration: Resource): Resource | undefined {
  const uri = integration.text('IntegrationUri') ?? ''
  const [, arn] = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri) ?? []
  return callableOf(arn ?? uri, integration.stack.assembly)
}

/** Returns the Lambda function that an integration calls. */
export function calledBy(integration: Resource): Resource | undefined {
  const named = namedBy(integration)
  return named === undefined ? undefined : functionBehind(named)
}

/**
 * Returns the permissions of a service to call a function, an alias or a version. Each of these has permissions of its
 * own.
 */
export function permissionsFor(
  callable: Resource,
  principal: string,
  assembly: Assembly,
): Resource[] {
  return assembly
    .ofType('AWS::Lambda::Permission')
    .filter((it) => it.text('Principal') === principal)
    .filter((it) => it.text('Action') === 'lambda:InvokeFunction')
    .filter((it) => callableOf(it.text('FunctionName') ?? '', assembly) === callable)
}
