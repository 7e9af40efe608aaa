import { Validations } from 'aws-cdk-lib'
import {
  AccessLevel,
  CachePolicy,
  type Distribution,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { Construct, type IConstruct } from 'constructs'
import { siteHeaders } from '../../web/site/headers.ts'
import { assetPaths, folders, listPages, notFound, pagePaths } from '../../web/site/pages.ts'
import type { HttpApi } from '../api/http-api.ts'
import type { WebSocketApi } from '../api/websocket-api.ts'
import type { OriginSecret } from '../data/origin-secret.ts'
import type { Edge } from '../edge-stacks.ts'
import type { StageSettings } from '../stage.ts'
import { apiBehavior, NamedDistribution } from './named-distribution.ts'
import { EdgeFunction } from './edge-function.ts'
import { apiOrigin } from './origin.ts'
import { apiResponseHeaders, nameInAccount, siteResponseHeaders } from './response-headers.ts'
import { SiteBucket } from './site-bucket.ts'

export interface ChatDistributionProps {
  readonly stage: StageSettings
  readonly siteFiles: string
  /** What the site's pages call. */
  readonly handlers: readonly IConstruct[]
  readonly http: HttpApi
  readonly sockets: WebSocketApi
  readonly originSecret: OriginSecret
  readonly edge: Edge
}

/** Site, API and sockets under one name, so that a browser needs no permission to go from one to another. */
export class ChatDistribution extends Construct {
  /** Where people find it. */
  readonly host: string
  readonly distribution: Distribution

  constructor(scope: Construct, id: string, props: ChatDistributionProps) {
    super(scope, id)
    const { stage, originSecret } = props
    const { bucket } = new SiteBucket(this, 'Site', {
      stage,
      files: props.siteFiles,
      handlers: props.handlers,
    })
    const request = (part: 'api' | 'site' | 'socket', constants?: Record<string, unknown>) =>
      new EdgeFunction(this, `${part}-request`, { name: `${part}-request`, constants }).associations

    const site = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessControl: new S3OriginAccessControl(this, 'SiteAccess', {
          originAccessControlName: nameInAccount(this, 'Site'),
        }),
        // Who may not list is told 403 of a file that is not there. The function lets no request for a list through.
        originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      }),
      // As long as the files say.
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: siteResponseHeaders(
        this,
        'SiteHeaders',
        siteHeaders.contentSecurityPolicy,
      ),
      functionAssociations: request('site', { site: siteTable() }),
    }
    const apiDocs = {
      ...site,
      responseHeadersPolicy: siteResponseHeaders(this, 'ApiDocsHeaders', siteHeaders.apiDocsPolicy),
    }
    const http = {
      ...apiBehavior,
      origin: apiOrigin(props.http.host, originSecret),
      responseHeadersPolicy: apiResponseHeaders(this),
      functionAssociations: request('api'),
    }
    const sockets = {
      ...apiBehavior,
      origin: apiOrigin(props.sockets.host, originSecret),
      functionAssociations: request('socket'),
    }
    const { host, distribution } = new NamedDistribution(this, 'Distribution', {
      name: stage.domain?.name,
      stage,
      edge: props.edge,
      defaultBehavior: site,
      // The first that fits is taken.
      additionalBehaviors: {
        '/api/docs': apiDocs,
        '/api/docs/*': apiDocs,
        '/api/*': http,
        '/ws': sockets,
        '/ws/*': sockets,
      },
    })
    Validations.of(this).acknowledge({
      id: 'Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk',
      reason: 'the function of the site asks the bucket for files alone, and never for its root',
    })
    this.host = host
    this.distribution = distribution
  }
}

/** What lib/edge/site-request.js knows of the site. */
export function siteTable() {
  const files: Record<string, string> = {}
  for (const { paths, key } of listPages()) {
    for (const path of paths) files[path] = `/${key}`
  }
  return { files, folders, pagePaths, assetPaths, notFound }
}
