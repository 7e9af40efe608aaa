import { adminRoutes, httpRoutes, webSocketRoutes } from '../../../functions/routes.ts'
import type { Assembly, Resource } from '../assembly.ts'
import { asChatFunction } from '../chat-function.ts'
import type { Rule } from '../rule.ts'
import { apiOf, calledBy, integrationOf, isWebSocket, partsOf } from './api-facts.ts'

export const apiRules: readonly Rule[] = [
  {
    id: 'api-protocol',
    refuses: 'an API that is neither HTTP nor WEBSOCKET',
    of: 'AWS::ApiGatewayV2::Api',
    *check(api) {
      const protocol = api.text('ProtocolType') ?? 'none'
      if (protocol !== 'HTTP' && protocol !== 'WEBSOCKET') {
        yield `ProtocolType is ${protocol}: set HTTP or WEBSOCKET`
      }
    },
  },
  {
    id: 'api-route-selection',
    refuses: "a WebSocket API that does not choose its routes by the frame's action",
    of: 'AWS::ApiGatewayV2::Api',
    *check(api) {
      if (!isWebSocket(api)) return
      const expression = api.text('RouteSelectionExpression') ?? 'none'
      if (expression !== '$request.body.action') {
        yield `RouteSelectionExpression is ${expression}: set $request.body.action`
      }
    },
  },
  {
    id: 'api-cors',
    refuses: 'CORS that API Gateway answers, in place of the handlers',
    of: 'AWS::ApiGatewayV2::Api',
    *check(api) {
      if (api.value('CorsConfiguration') !== undefined) {
        yield 'CorsConfiguration is set, with which API Gateway ignores what the handlers say: leave it out, they read ALLOWED_ORIGINS'
      }
    },
  },
  {
    id: 'route-repeated',
    refuses: 'two routes of an API with one key',
    of: 'AWS::ApiGatewayV2::Route',
    *check(route) {
      const key = route.text('RouteKey')
      const same = partsOf(apiOf(route), 'Route').filter((it) => it.text('RouteKey') === key)
      if (same.length > 1) yield `${same.length} routes have the key ${key}: keep one`
    },
  },
  {
    id: 'route-key',
    refuses: 'a key of a route that API Gateway does not take',
    of: 'AWS::ApiGatewayV2::Route',
    *check(route) {
      const key = route.text('RouteKey') ?? ''
      // API Gateway refuses a path that ends in a slash, except `/` alone.
      const path = '(/|(/([\\w.$%~-]+|\\{\\w+\\}))*(/\\{\\w+\\+\\})?)'
      const http = new RegExp(`^(\\$default|(ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) ${path})$`)
      if (
        !(isWebSocket(apiOf(route)) ? /^\$?[\w-]{1,128}$/ : http).test(key) ||
        key.endsWith(' ')
      ) {
        yield `RouteKey is ${JSON.stringify(key)}: give a method and a path that does not end in /`
      }
    },
  },
  {
    id: 'route-target',
    refuses: 'a route without an integration of its own API',
    of: 'AWS::ApiGatewayV2::Route',
    *check(route) {
      const integration = integrationOf(route)
      if (integration === undefined) {
        yield `${route.text('RouteKey')} leads to no integration: set Target to integrations/<its id>`
      } else if (apiOf(integration) !== apiOf(route)) {
        yield `${route.text('RouteKey')} leads to an integration of another API`
      }
    },
  },
  {
    id: 'route-missing',
    refuses: 'a route of functions/routes.ts that no API has, or that leads to another function',
    of: 'assembly',
    *checkAll(assembly) {
      const made = madeRoutes(assembly)
      for (const wanted of wantedRoutes()) {
        if (made.every((it) => !isSame(it, wanted))) {
          yield [
            undefined,
            `no ${wanted.protocol} API leads ${wanted.key} to ${wanted.to}: add the route`,
          ]
        }
      }
      for (const route of made) {
        if (wantedRoutes().every((it) => !isSame(it, route))) {
          yield [
            route.resource,
            `${route.key} to ${route.to} is not in functions/routes.ts: add it there`,
          ]
        }
      }
    },
  },
]

interface Route {
  readonly protocol: string
  readonly key: string
  readonly to: string
}

function isSame(one: Route, other: Route): boolean {
  return one.protocol === other.protocol && one.key === other.key && one.to === other.to
}

function wantedRoutes(): Route[] {
  return [
    ...[...httpRoutes, ...adminRoutes].map(({ routeKey, function: to }) => ({
      protocol: 'HTTP',
      key: routeKey,
      to,
    })),
    ...Object.entries(webSocketRoutes).map(([key, to]) => ({ protocol: 'WEBSOCKET', key, to })),
  ]
}

function madeRoutes(assembly: Assembly): (Route & { readonly resource: Resource })[] {
  return assembly.ofType('AWS::ApiGatewayV2::Route').map((resource) => {
    const integration = integrationOf(resource)
    const fn = integration === undefined ? undefined : calledBy(integration)
    return {
      resource,
      protocol: apiOf(resource).text('ProtocolType') ?? 'none',
      key: resource.text('RouteKey') ?? 'none',
      to: (fn === undefined ? undefined : asChatFunction(fn)?.name) ?? 'nothing of ours',
    }
  })
}
