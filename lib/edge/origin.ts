import { Duration } from 'aws-cdk-lib'
import { OriginProtocolPolicy, OriginSslPolicy } from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import type { OriginSecret } from '../data/origin-secret.ts'

/** An API as CloudFront calls it: it says that it is CloudFront, in a header that it writes over a viewer's. */
export function apiOrigin(host: string, secret: OriginSecret): HttpOrigin {
  return new HttpOrigin(host, {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    // Longer than API Gateway waits for a handler: it answers first.
    readTimeout: Duration.seconds(35),
    // As long as CloudFront may keep a connection: a handshake less for the next request.
    keepaliveTimeout: Duration.seconds(60),
    customHeaders: { 'x-origin-secret': secret.value.unsafeUnwrap() },
  })
}
