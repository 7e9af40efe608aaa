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
import { AaaaRecord, ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets'
import { Construct } from 'constructs'
import type { Edge } from '../edge-stacks.ts'
import type { StageSettings } from '../stage.ts'
import { importHostedZone } from './hosted-zone.ts'

/**
 * CloudFront would keep answers with these statuses for 10 s, under a key without Authorization. So one user could get
 * another user's answer.
 */
const cachedErrors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]

/**
 * Settings for everything that handlers answer: CloudFront caches nothing, and passes on all that a viewer sent,
 * preflights included.
 */
export const apiBehavior = {
  allowedMethods: AllowedMethods.ALLOW_ALL,
  cachePolicy: CachePolicy.CACHING_DISABLED,
  // API Gateway refuses a foreign Host.
  originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
} satisfies Partial<BehaviorOptions>

export interface NamedDistributionProps extends Pick<
  DistributionProps,
  'additionalBehaviors' | 'defaultBehavior'
> {
  /** The host name in the stage's domain. Without it, the distribution has a name of CloudFront's. */
  readonly name: string | undefined
  readonly stage: StageSettings
  readonly edge: Edge
}

/** A distribution with the settings that both of ours share: its host name, its firewall, and no cached errors. */
export class NamedDistribution extends Construct {
  readonly host: string
  readonly distribution: Distribution

  constructor(scope: Construct, id: string, props: NamedDistributionProps) {
    super(scope, id)
    const { name, stage, edge, ...behaviors } = props
    const distribution = new Distribution(this, 'Distribution', {
      ...behaviors,
      comment: `Quick Connect, ${stage.name}: ${scope.node.id}`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      errorResponses: cachedErrors.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      webAclId: edge.webAclArn,
      ...(name !== undefined && { domainNames: [name], certificate: edge.certificate }),
    })
    this.distribution = distribution
    this.host = name ?? distribution.distributionDomainName
    if (name !== undefined && stage.domain) {
      const alias = {
        zone: importHostedZone(this, stage.domain),
        recordName: `${name}.`,
        target: RecordTarget.fromAlias(new CloudFrontTarget(distribution)),
      }
      new ARecord(this, 'Address', alias)
      new AaaaRecord(this, 'Ipv6Address', alias)
    }
    acknowledge(distribution, {
      'AwsSolutions-CFR1': 'a chat for people wherever they are',
      'AwsSolutions-CFR3':
        'API Gateway logs every request, without the addresses and paths that this log would have',
      ...(name === undefined && {
        'AwsSolutions-CFR4': "CloudFront's own certificate comes with its own least version of TLS",
      }),
      ...(!stage.hasFirewall && {
        'AwsSolutions-CFR2':
          'a firewall costs more than an idle stage: it is there when the stage asks for it',
      }),
    })
  }
}

function acknowledge(distribution: Distribution, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) {
    Validations.of(distribution).acknowledge({ id, reason })
  }
}
