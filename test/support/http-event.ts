import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { httpRoutes, adminRoutes } from '../../functions/routes.ts'
import { decodePath } from '../../src/emulators/api-gateway/http-event.ts'
import { createRouteMatcher } from '../../src/emulators/api-gateway/http-routes.ts'

const host = 'abc.execute-api.eu-central-1.amazonaws.com'
const match = createRouteMatcher(
  [...httpRoutes, ...adminRoutes].map(({ routeKey }) => ({
    routeKey,
    handler: async () => undefined,
  })),
)

/** A request as an HTTP API of API Gateway hands it on; undefined when no route takes it. */
export function httpEvent(
  method: string,
  url: string,
  given: {
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly sourceIp?: string
    readonly requestId?: string
    /** That it has come by, when it is not the one that its decoded path would take. */
    readonly routeKey?: string
  } = {},
): APIGatewayProxyEventV2 | undefined {
  const [encoded = '', rawQueryString = ''] = url.split('?', 2)
  const rawPath = decodePath(encoded)
  const routeKey = given.routeKey ?? match(method, rawPath)?.route.routeKey
  if (routeKey === undefined) return undefined
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers: { host, ...given.headers },
    ...(given.body !== undefined && { body: given.body }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '111111111111',
      apiId: 'abc',
      domainName: host,
      domainPrefix: 'abc',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: given.sourceIp ?? '203.0.113.7',
        userAgent: '',
      },
      requestId: given.requestId ?? 'request-1',
      routeKey,
      stage: '$default',
      time: '19/Feb/2024:07:11:42 +0000',
      timeEpoch: 1_708_326_702_789,
    },
  }
}
