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
    // Other names under the domain are not ours to speak for.
    includeSubdomains: false,
    override: true,
  },
  contentTypeOptions: { override: true },
  frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
}

/** For what handlers answer, who say the rest themselves: the admin's pages have a policy of their own. */
export function apiResponseHeaders(scope: Construct): ResponseHeadersPolicy {
  return createPolicy(scope, 'ApiHeaders', always)
}

/** For the site's files: what src/local/server/site.ts sends with them. */
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

/** CloudFront's names are the account's, whatever the Region of a stack. Two Regions may have a stage of one name. */
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
