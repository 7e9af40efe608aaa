import { Aws, Duration, Names } from 'aws-cdk-lib'
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  type ResponseSecurityHeadersBehavior,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'

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
 * own.
 */
export function apiResponseHeaders(scope: Construct): ResponseHeadersPolicy {
  return createPolicy(scope, 'ApiHeaders', always)
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
): ResponseHeadersPolicy {
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: nameInAccount(scope, id),
    securityHeadersBehavior,
  })
}
