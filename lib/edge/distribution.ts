import { Duration, Validations } from 'aws-cdk-lib'
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  type DistributionProps,
  HttpVersion,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'

/** Statuses that CloudFront would keep for 10 s, under a key without Authorization, one user's for another. */
const cachedErrors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]

/** What is the same for everything that handlers answer: nothing is kept, all that a viewer sent goes on. */
export const apiBehavior = {
  allowedMethods: AllowedMethods.ALLOW_ALL,
  cachePolicy: CachePolicy.CACHING_DISABLED,
  // API Gateway refuses a foreign Host.
  originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
} satisfies Partial<BehaviorOptions>

/** A distribution with what ours have in common. */
export function createDistribution(
  scope: Construct,
  id: string,
  props: DistributionProps,
): Distribution {
  const distribution = new Distribution(scope, id, {
    httpVersion: HttpVersion.HTTP2_AND_3,
    errorResponses: cachedErrors.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    ...props,
  })
  Validations.of(distribution).acknowledge(
    { id: 'AwsSolutions-CFR1', reason: 'a chat for people wherever they are' },
    {
      id: 'AwsSolutions-CFR3',
      reason:
        'API Gateway logs every request, without the addresses and paths that this log would have',
    },
  )
  if (props.certificate === undefined) {
    Validations.of(distribution).acknowledge({
      id: 'AwsSolutions-CFR4',
      reason: "CloudFront's own certificate comes with its own least version of TLS",
    })
  }
  if (props.webAclId === undefined) {
    Validations.of(distribution).acknowledge({
      id: 'AwsSolutions-CFR2',
      reason: 'a WAF costs more than an idle stage: it is there when the stage asks for it',
    })
  }
  return distribution
}
