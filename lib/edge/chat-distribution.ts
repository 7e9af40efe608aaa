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
  /** The handlers that the site's pages call. The pages are deployed after them. */
  readonly handlers: readonly IConstruct[]
  readonly http: HttpApi
  readonly sockets: WebSocketApi
  readonly originSecret: OriginSecret
  readonly edge: Edge
}

/** Site, API and sockets under one host name. So a page of the site needs no CORS to call the API. */
export class ChatDistribution extends Construct {
  /** The host on which people find the chat. */
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
        // Without the right to list, S3 answers 403 for a file that does not exist. The edge function lets no request
        // for a list through.
        originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      }),
      // CloudFront keeps each file for as long as the file's own headers say.
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
      responseHeadersPolicy: apiResponseHeaders(this, stage),
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
      // CloudFront uses the first behavior that matches.
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
      reason: 'the edge function of the site only asks the bucket for files, never for its root',
    })
    this.host = host
    this.distribution = distribution
  }
}

/**
 * What lib/edge/site-request.js knows about the site. CloudFront takes 10 KB at most, so what most paths have in common
 * is not repeated: `own` are paths of files with the same name, and a `document` /a has its file at /a.html, for the paths
 * /a and /a.md. `files` are the files of the other paths.
 */
export function siteTable() {
  const own: string[] = []
  const documents: string[] = []
  const files: Record<string, string> = {}
  for (const { paths, key } of listPages()) {
    const document = `/${key.replace(/\.html$/, '')}`
    if (paths.length === 2 && paths.includes(document) && paths.includes(`${document}.md`)) {
      documents.push(document)
      continue
    }
    for (const path of paths) {
      if (path === `/${key}`) own.push(path)
      else files[path] = `/${key}`
    }
  }
  return { own, documents, files, folders, pagePaths, assetPaths, notFound }
}
