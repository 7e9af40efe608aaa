import type { Properties, Resource } from '../assembly.ts'
import { attributeOf, referenceTo, Unresolvable } from '../resolve.ts'
import type { Rule } from '../rule.ts'
import { isWebSocket } from './api-facts.ts'

const distributionType = 'AWS::CloudFront::Distribution'

/** Ids of AWS's managed policies, which are the same in every account. */
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'
const allViewerExceptHost = 'b689b0a8-53d0-40ab-baf2-68738e2966ac'

export const distributionRules: readonly Rule[] = [
  {
    id: 'cdn-api-cached',
    refuses:
      "an API behind CloudFront that is cached, or to which methods, headers or the viewer's address are lost",
    of: distributionType,
    *check(distribution) {
      const origins = apiOrigins(distribution)
      for (const behavior of behaviors(distribution)) {
        if (!origins.has(behavior.text('TargetOriginId') ?? '')) continue
        const path = pathOf(behavior)
        if (behavior.text('CachePolicyId') !== cachingDisabled) {
          yield `${path} is cached: take the policy CachingDisabled`
        }
        if (behavior.text('OriginRequestPolicyId') !== allViewerExceptHost) {
          yield `${path} does not pass on what the viewer sent: take the policy AllViewerExceptHostHeader`
        }
        const methods = behavior.list('AllowedMethods').length
        if (methods !== 7) yield `${path} lets ${methods} methods through: allow all seven`
        const events = behavior.each('FunctionAssociations').map((it) => it.text('EventType'))
        if (!events.includes('viewer-request')) {
          yield `${path} has no function at viewer-request: it is what sets the viewer's address`
        }
      }
    },
  },
  {
    id: 'cdn-function',
    refuses: 'a function at the edge on a behaviour that it is not for',
    of: distributionType,
    *check(distribution, assembly) {
      const origins = apiOrigins(distribution)
      for (const behavior of behaviors(distribution)) {
        const api = origins.get(behavior.text('TargetOriginId') ?? '')
        const wanted =
          api === undefined ? 'site-request' : isWebSocket(api) ? 'socket-request' : 'api-request'
        for (const association of behavior.each('FunctionAssociations')) {
          const arn = association.text('FunctionARN') ?? ''
          const fn = assembly
            .ofType('AWS::CloudFront::Function')
            .find((it) => attributeOf(it, 'FunctionARN') === arn)
          const comment = fn?.text('FunctionConfig', 'Comment') ?? 'no function of the stacks'
          if (!comment.endsWith(wanted)) {
            yield `${pathOf(behavior)} runs ${comment}: it needs ${wanted}`
          }
        }
      }
    },
  },
  {
    id: 'cdn-pairs',
    refuses: 'a name without a certificate, or a certificate without a name or with an older TLS',
    of: distributionType,
    *check(distribution) {
      const names = distribution.list('DistributionConfig', 'Aliases').length
      const certificate = ['DistributionConfig', 'ViewerCertificate']
      const arn = distribution.value(...certificate, 'AcmCertificateArn')
      if (names > 0 && arn === undefined) {
        yield 'Aliases is set and AcmCertificateArn is not: set both'
      }
      if (names === 0 && arn !== undefined) {
        yield 'AcmCertificateArn is set and Aliases is not: set both'
      }
      const tls = distribution.text(...certificate, 'MinimumProtocolVersion')
      if (arn !== undefined && !/^TLSv1\.[23]_20(2[1-9]|[3-9]\d)$/.test(tls ?? '')) {
        yield `MinimumProtocolVersion is ${tls ?? 'not set'}: take TLSv1.2_2021 or newer`
      }
    },
  },
  {
    id: 'cdn-paths',
    refuses: 'a distribution in front of the sockets without /api/* or /ws/*',
    of: distributionType,
    *check(distribution) {
      const origins = apiOrigins(distribution)
      if (origins.size === 0) return
      const paths = behaviors(distribution)
        .filter((it) => origins.has(it.text('TargetOriginId') ?? ''))
        .map((it) => it.text('PathPattern'))
      const sockets = [...origins.values()].some(isWebSocket)
      const wanted = sockets ? ['/api/*', '/ws/*'] : []
      for (const path of wanted) {
        if (!paths.includes(path)) yield `${path} leads to no API: add its behaviour`
      }
    },
  },
  {
    id: 'cdn-origin-secret',
    refuses: "an API's origin without the header that shows that a request came through CloudFront",
    of: distributionType,
    *check(distribution) {
      for (const origin of originsOf(distribution)) {
        if (apiAt(origin) === undefined) continue
        const id = origin.text('Id')
        const secret = origin
          .each('OriginCustomHeaders')
          .find((it) => it.text('HeaderName')?.toLowerCase() === 'x-origin-secret')
        if (secret === undefined)
          yield `the origin ${id} does not send x-origin-secret: add the header`
        else if (!secret.text('HeaderValue')?.startsWith('{{resolve:secretsmanager:')) {
          yield `the origin ${id} has x-origin-secret in plain text: take it from Secrets Manager`
        }
      }
    },
  },
  {
    id: 'cdn-errors',
    refuses: "errors of the API that are kept, or answered with the site's page",
    of: distributionType,
    *check(distribution) {
      const responses = distribution.each('DistributionConfig', 'CustomErrorResponses')
      for (const response of responses) {
        const code = response.number('ErrorCode')
        if (response.number('ErrorCachingMinTTL') !== 0) {
          yield `an answer of ${code} is kept: set ErrorCachingMinTTL to 0`
        }
        if (response.value('ResponsePagePath') !== undefined) {
          yield `an answer of ${code} becomes a page, the API's too: do the fallback in the function`
        }
      }
      if (apiOrigins(distribution).size === 0) return
      for (const code of [404, 500, 502, 503, 504]) {
        if (!responses.some((it) => it.number('ErrorCode') === code)) {
          yield `CloudFront keeps an answer of ${code} for ten seconds: set its ErrorCachingMinTTL to 0`
        }
      }
    },
  },
  {
    id: 'cdn-cors',
    refuses:
      'CORS of CloudFront that replaces what the handlers answer, or allows more than they do',
    of: 'AWS::CloudFront::ResponseHeadersPolicy',
    *check(policy) {
      for (const cors of policy.each('ResponseHeadersPolicyConfig', 'CorsConfig')) {
        if (cors.value('OriginOverride') !== false) {
          yield 'CorsConfig replaces what the handlers say: set OriginOverride to false'
        }
        const origins = JSON.stringify(cors.value('AccessControlAllowOrigins') ?? null)
        if (origins.includes('*') || cors.value('AccessControlAllowCredentials') !== false) {
          yield 'CorsConfig allows more than the handlers do: name the origins of ALLOWED_ORIGINS, without credentials'
        }
      }
    },
  },
  {
    id: 'cdn-https',
    refuses: 'a page or a token over plain http',
    of: distributionType,
    *check(distribution) {
      for (const behavior of behaviors(distribution)) {
        const policy = behavior.text('ViewerProtocolPolicy')
        if (policy !== 'https-only' && policy !== 'redirect-to-https') {
          yield `${pathOf(behavior)} answers over http: set ViewerProtocolPolicy to redirect-to-https`
        }
      }
    },
  },
]

function behaviors(distribution: Resource): Properties[] {
  return [
    ...distribution.each('DistributionConfig', 'DefaultCacheBehavior'),
    ...distribution.each('DistributionConfig', 'CacheBehaviors'),
  ]
}

function pathOf(behavior: Properties): string {
  return behavior.text('PathPattern') ?? 'the default behaviour'
}

function originsOf(distribution: Resource): Properties[] {
  return distribution.each('DistributionConfig', 'Origins')
}

/** Returns the origins that are APIs, by id. */
function apiOrigins(distribution: Resource): Map<string, Resource> {
  return new Map(
    originsOf(distribution).flatMap((origin) => {
      const api = apiAt(origin)
      return api === undefined ? [] : [[origin.text('Id') ?? '', api] as const]
    }),
  )
}

/** Returns the API at an origin's address. */
function apiAt(origin: Properties): Resource | undefined {
  const host = origin.text('DomainName') ?? ''
  if (!/execute-api|ApiEndpoint/.test(host)) return undefined
  const api = origin.stack.assembly
    .ofType('AWS::ApiGatewayV2::Api')
    .find((it) => host.startsWith(`${referenceTo(it)}.execute-api.`))
  if (api === undefined) {
    throw new Unresolvable(
      host,
      'no API has that address: give <api>.execute-api.<region>.<suffix>',
    )
  }
  return api
}
