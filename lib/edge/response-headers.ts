import { Aws, Duration, Names } from 'aws-cdk-lib'
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  type ResponseHeadersCorsBehavior,
  ResponseHeadersPolicy,
  type ResponseSecurityHeadersBehavior,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'
import { stageEnvironment } from '../../functions/env.ts'
import type { StageSettings } from '../stage.ts'

const always: ResponseSecurityHeadersBehavior = {
  strictTransportSecurity: {
    accessControlMaxAge: Duration.days(365),
    // Other host names under the domain are not ours to decide about.
    includeSubdomains: false,
    override: true,
  },
  contentTypeOptions: { override: true },
  frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
}

/**
 * Headers for what handlers answer. Handlers set the other headers themselves: the admin's pages have a policy of their
 * own. A distribution whose API pages of ALLOWED_ORIGINS may call gives its `stage`.
 */
export function apiResponseHeaders(
  scope: Construct,
  stage?: Pick<StageSettings, 'environment'>,
): ResponseHeadersPolicy {
  return createPolicy(scope, 'ApiHeaders', always, stage && corsOfRefusals(stage))
}

/**
 * [C9] Lets pages of allowed origins read what API Gateway refuses before a handler runs. An answer of a handler has
 * headers of its own, and CloudFront keeps those. AWS documents origins with http and https for this, but none of apps,
 * such as capacitor://localhost. So apps cannot read these refusals.
 */
function corsOfRefusals({
  environment,
}: Pick<StageSettings, 'environment'>): ResponseHeadersCorsBehavior | undefined {
  const { ALLOWED_ORIGINS } = stageEnvironment.parse(environment)
  const origins = ALLOWED_ORIGINS.filter((origin) => /^https?:/.test(origin))
  if (origins.length === 0) return undefined
  return {
    accessControlAllowOrigins: origins,
    accessControlAllowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    accessControlAllowHeaders: ['Authorization', 'Content-Type'],
    accessControlAllowCredentials: false,
    originOverride: false,
  }
}

/** Headers for the site's files, the same as those that src/local/server/site.ts sends. */
export function siteResponseHeaders(
  scope: Construct,
  id: string,
  contentSecurityPolicy: string,
): ResponseHeadersPolicy {
  return createPolicy(scope, id, {
    ...always,
    referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
    contentSecurityPolicy: { contentSecurityPolicy, override: true },
  })
}

/**
 * Returns a name that is unique in the account. CloudFront's names belong to the account, whatever the Region of a
 * stack, and two Regions may have a stage of one name.
 */
export function nameInAccount(scope: Construct, id: string): string {
  return `${Names.uniqueResourceName(scope, { maxLength: 34 })}-${id}-${Aws.REGION}`
}

function createPolicy(
  scope: Construct,
  id: string,
  securityHeadersBehavior: ResponseSecurityHeadersBehavior,
  corsBehavior?: ResponseHeadersCorsBehavior,
): ResponseHeadersPolicy {
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: nameInAccount(scope, id),
    securityHeadersBehavior,
    ...(corsBehavior && { corsBehavior }),
  })
}
