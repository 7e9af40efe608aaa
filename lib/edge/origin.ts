import { Duration } from 'aws-cdk-lib'
import { OriginProtocolPolicy, OriginSslPolicy } from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import type { OriginSecret } from '../data/origin-secret.ts'

/**
 * An API as the origin of a distribution. CloudFront proves that it is the caller by a header with the secret, which
 * replaces any such header of a viewer.
 */
export function apiOrigin(host: string, secret: OriginSecret): HttpOrigin {
  return new HttpOrigin(host, {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    // Longer than API Gateway waits for a handler, so API Gateway answers first.
    readTimeout: Duration.seconds(35),
    // The longest time that CloudFront can keep a connection open. It saves handshakes.
    keepaliveTimeout: Duration.seconds(60),
    customHeaders: { 'x-origin-secret': secret.value.unsafeUnwrap() },
  })
}
