import type { Distribution } from 'aws-cdk-lib/aws-cloudfront'
import { Construct } from 'constructs'
import type { HttpApi } from '../api/http-api.ts'
import type { OriginSecret } from '../data/origin-secret.ts'
import type { Edge } from '../edge-stacks.ts'
import type { StageSettings } from '../stage.ts'
import { EdgeFunction } from './edge-function.ts'
import { apiBehavior, NamedDistribution } from './named-distribution.ts'
import { apiOrigin } from './origin.ts'
import { apiResponseHeaders } from './response-headers.ts'

export interface AdminDistributionProps {
  readonly stage: StageSettings
  readonly api: HttpApi
  readonly originSecret: OriginSecret
  readonly edge: Edge
}

/** The admin's pages, on a host of their own. So no script of the chat's site can reach their cookies. */
export class AdminDistribution extends Construct {
  /** The host on which admins find the pages, at `/admin/`. */
  readonly host: string
  readonly distribution: Distribution

  constructor(scope: Construct, id: string, props: AdminDistributionProps) {
    super(scope, id)
    const { stage, edge } = props
    const { host, distribution } = new NamedDistribution(this, 'Distribution', {
      name: stage.domain?.adminName,
      stage,
      edge,
      defaultBehavior: {
        ...apiBehavior,
        origin: apiOrigin(props.api.host, props.originSecret),
        responseHeadersPolicy: apiResponseHeaders(this),
        functionAssociations: new EdgeFunction(this, 'api-request', { name: 'api-request' })
          .associations,
      },
    })
    this.host = host
    this.distribution = distribution
  }
}
