import type { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { siteHeaders } from '../../web/site/headers.ts'
import { listAssets, listPages } from '../../web/site/pages.ts'
import { type Resource, resourcesOf, text, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { application } = await synthesize('dev')
const domain = {
  name: 'chat.example.org',
  adminName: 'admin.example.org',
  hostedZoneId: 'Z123',
  hostedZoneName: 'example.org',
}

const [chat, admin] = distributionsOf(application)
const config = chat.Properties['DistributionConfig']

interface Behavior {
  readonly PathPattern?: string
  readonly TargetOriginId: string
  readonly [name: string]: unknown
}
const adminBehavior = admin.Properties['DistributionConfig'].DefaultCacheBehavior as Behavior
const behaviors: Behavior[] = [...config.CacheBehaviors, config.DefaultCacheBehavior]
const hostOf = (behavior: Behavior, { Origins } = config) =>
  text(
    Origins.find((origin: { Id: string }) => origin.Id === behavior.TargetOriginId).DomainName,
  ).replaceAll(/[0-9A-F]{8}/g, '')

describe('the distribution of the chat', () => {
  test('leads each path to its origin, by the first match', () => {
    const bucket = '<ChatSiteBucket.RegionalDomainName>'
    const http = '<HttpApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>'
    const sockets = '<SocketsApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>'
    expect(behaviors.map((behavior) => [behavior.PathPattern, hostOf(behavior)])).toEqual([
      ['/api/docs', bucket],
      ['/api/docs/*', bucket],
      ['/api/*', http],
      ['/ws', sockets],
      ['/ws/*', sockets],
      [undefined, bucket],
    ])
  })

  test('caches no answer of a handler, and passes on everything but the host', () => {
    const ofApis = behaviors.filter((each) => hostOf(each).includes('execute-api'))
    for (const behavior of [...ofApis, adminBehavior]) {
      expect(behavior).toMatchObject({
        // Managed policies: CachingDisabled, AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        ViewerProtocolPolicy: 'https-only',
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      })
    }
  })

  test('caches no error', () => {
    const errors = config.CustomErrorResponses as Record<string, number>[]
    expect(admin.Properties['DistributionConfig'].CustomErrorResponses).toEqual(errors)
    expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual([
      400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504,
    ])
    // There is no error page, either: it would replace the API's answer.
    for (const error of errors)
      expect(Object.keys(error)).toEqual(['ErrorCachingMinTTL', 'ErrorCode'])
    for (const error of errors) expect(error['ErrorCachingMinTTL']).toBe(0)
  })

  test('runs its function on every request, before anything else', () => {
    for (const behavior of [...behaviors, adminBehavior]) {
      expect(behavior['FunctionAssociations']).toEqual([
        expect.objectContaining({ EventType: 'viewer-request' }),
      ])
    }
    for (const { Properties } of resourcesOf(application, 'AWS::CloudFront::Function')) {
      expect(Properties['FunctionConfig'].Runtime).toBe('cloudfront-js-2.0')
    }
  })

  test('sends the APIs a secret that no template contains', () => {
    const origins = [chat, admin]
      .flatMap(
        ({ Properties }) => Properties['DistributionConfig'].Origins as Resource['Properties'][],
      )
      .filter((origin) => origin['CustomOriginConfig'] !== undefined)
    expect(origins).toHaveLength(3)
    for (const origin of origins) {
      expect(origin['CustomOriginConfig']).toMatchObject({
        OriginProtocolPolicy: 'https-only',
        OriginSSLProtocols: ['TLSv1.2'],
        OriginReadTimeout: 35,
      })
      const [header] = origin['OriginCustomHeaders']
      expect(header.HeaderName).toBe('x-origin-secret')
      expect(text(header.HeaderValue)).toMatch(
        /^{{resolve:secretsmanager:.*OriginSecret.*:SecretString:::>>$/,
      )
    }
  })

  test('sends the headers of the local site', () => {
    const headers = policy('SiteHeaders').SecurityHeadersConfig
    expect(headers).toMatchObject({
      ContentSecurityPolicy: { ContentSecurityPolicy: siteHeaders.contentSecurityPolicy },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY' },
      ReferrerPolicy: { ReferrerPolicy: siteHeaders.referrerPolicy },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
    })
    expect(policy('ApiDocsHeaders').SecurityHeadersConfig).toMatchObject({
      ContentSecurityPolicy: { ContentSecurityPolicy: siteHeaders.apiDocsPolicy },
    })
    const ofDocs = behaviors.filter(({ PathPattern }) => PathPattern?.startsWith('/api/docs'))
    for (const behavior of behaviors.filter((each) => hostOf(each).startsWith('<ChatSiteBucket'))) {
      expect(text(behavior['ResponseHeadersPolicyId'])).toContain(
        ofDocs.includes(behavior) ? 'ApiDocsHeaders' : 'SiteHeaders',
      )
    }
    expect(policy('ApiHeaders').SecurityHeadersConfig).not.toHaveProperty('ContentSecurityPolicy')
  })
})

test('[C9] pages of allowed origins read what API Gateway refuses, and handlers answer for themselves', async () => {
  expect(corsOf({ application })).toEqual([])
  // CloudFront takes no origins of apps.
  const apps = { ALLOWED_ORIGINS: 'tauri://localhost' }
  expect(corsOf(await synthesize('dev', { environment: apps }))).toEqual([])
  const environment = {
    ALLOWED_ORIGINS: 'https://chat.example.org,tauri://localhost,http://localhost:5173',
  }
  expect(corsOf(await synthesize('dev', { environment }))).toEqual([
    [
      'ChatApiHeaders',
      {
        AccessControlAllowCredentials: false,
        AccessControlAllowHeaders: { Items: ['Authorization', 'Content-Type'] },
        AccessControlAllowMethods: { Items: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] },
        AccessControlAllowOrigins: { Items: ['https://chat.example.org', 'http://localhost:5173'] },
        OriginOverride: false,
      },
    ],
  ])
})

test('the distribution of the admin only has its API', () => {
  expect(hostOf(adminBehavior, admin.Properties['DistributionConfig'])).toMatch(/^<AdminApi/)
  expect(admin.Properties['DistributionConfig']).not.toHaveProperty('CacheBehaviors')
})

describe('the bucket of the site', () => {
  test('is read only by this distribution', () => {
    const [bucket] = resourcesOf(application, 'AWS::S3::Bucket') as [Resource]
    expect(bucket.Properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    })
    const [{ Properties }] = resourcesOf(application, 'AWS::S3::BucketPolicy') as [Resource]
    const allowed = Properties['PolicyDocument'].Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    )
    const reading = allowed.filter(
      ({ Principal }: { Principal: { Service?: string } }) => Principal.Service,
    )
    // Without the right to list, S3 answers 403 for a file that does not exist.
    expect(reading.flatMap(({ Action }: { Action: string[] }) => Action)).toEqual([
      's3:GetObject',
      's3:ListBucket',
    ])
    for (const { Principal, Condition } of reading) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' })
      expect(text(Condition.StringEquals['AWS:SourceArn'])).toContain(`<${chat.id}>`)
    }
  })

  test('gets each kind of file with its type and its cache time', () => {
    const deployments = resourcesOf(application, 'Custom::CDKBucketDeployment')
    const given = deployments.flatMap(({ Properties }) => {
      // No existing file is deleted: tabs that were opened before still load the parts of their version.
      expect(Properties['Prune']).toBe(false)
      const { 'content-type': type, 'cache-control': cache } = Properties['SystemMetadata']
      return (Properties['Include'] as string[]).map((key) => `${key} ${type} ${cache}`)
    })
    const expected = [
      ...listPages().map(({ key, type }) => `${key} ${type} no-cache`),
      ...listAssets().map(({ key, type }) => `${key} ${type} public, max-age=31536000, immutable`),
    ]
    expect(given.toSorted()).toEqual(expected.toSorted())
    expect(given).toContain('index.html text/html; charset=utf-8 no-cache')
  })

  test('gets the parts of the page before the page', () => {
    const deployments = resourcesOf(application, 'Custom::CDKBucketDeployment')
    const parts = deployments.filter(isOfParts).map(({ id }) => id)
    expect(parts).not.toEqual([])
    for (const { DependsOn } of deployments.filter((each) => !isOfParts(each))) {
      expect(DependsOn).toEqual(expect.arrayContaining(parts))
    }
  })

  test('is emptied before its removal, by a function that may do nothing else', () => {
    const bucket = the(application, 'AWS::S3::Bucket')
    const { id, Properties: emptying } = the(application, 'Custom::S3AutoDeleteObjects')
    for (const { DependsOn } of resourcesOf(application, 'Custom::CDKBucketDeployment')) {
      expect(DependsOn).toContain(id)
    }
    expect(emptying['BucketName']).toEqual({ Ref: bucket.id })
    const fn = /^<(\w+)\.Arn>$/.exec(text(emptying['ServiceToken']))![1]
    const { LoggingConfig, Role } = resourcesOf(application, 'AWS::Lambda::Function').find(
      (each) => each.id === fn,
    )!.Properties
    const role = resourcesOf(application, 'AWS::IAM::Role').find(
      (each) => text(Role) === `<${each.id}.Arn>`,
    )!.Properties
    expect(role).not.toHaveProperty('ManagedPolicyArns')
    expect(role['Policies']).toEqual([
      expect.objectContaining({
        PolicyDocument: expect.objectContaining({
          Statement: [
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              Resource: { 'Fn::GetAtt': [LoggingConfig.LogGroup.Ref, 'Arn'] },
            },
          ],
        }),
      }),
    ])
  })

  test('is written with no more rights than needed', () => {
    const statements = resourcesOf(application, 'AWS::IAM::Policy')
      .find(({ id }) => id.includes('DeploymentRole'))!
      .Properties['PolicyDocument'].Statement.map(
        ({ Action, Resource: on }: { Action: string | string[]; Resource: unknown }) =>
          `${[Action].flat().join(' ')} on ${text(on).replaceAll(/(?<=[a-z])[0-9A-F]{8}/g, '')}`,
      )
    expect(statements).toEqual([
      'logs:CreateLogStream logs:PutLogEvents on <ChatSiteDeploymentLogs.Arn>',
      expect.stringMatching(/^s3:GetObject on arn:.*cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.zip$/),
      's3:ListBucket on <ChatSiteBucket.Arn>',
      's3:PutObject on <ChatSiteBucket.Arn>/*',
    ])
  })
})

describe('names and firewall', () => {
  test('exist only for a stage that asks for them', async () => {
    const { certificate, firewall } = await synthesize('dev')
    expect([certificate, firewall]).toEqual([undefined, undefined])
    expect(config).not.toHaveProperty('Aliases')
    expect(config).not.toHaveProperty('WebACLId')
  })

  test("come from us-east-1, whatever the stage's Region", async () => {
    const settings = { region: 'eu-central-1', domain, hasFirewall: true }
    const named = await synthesize('prod', settings)
    const [{ Properties }] = resourcesOf(named.application, 'AWS::CloudFront::Distribution') as [
      Resource,
    ]
    expect(Properties['DistributionConfig']).toMatchObject({
      Aliases: ['chat.example.org'],
      WebACLId: {
        'Fn::GetStackOutput': { StackName: 'QuickConnect-prod-Firewall', Region: 'us-east-1' },
      },
      ViewerCertificate: {
        MinimumProtocolVersion: 'TLSv1.2_2021',
        AcmCertificateArn: {
          'Fn::GetStackOutput': { StackName: 'QuickConnect-prod-Certificate', Region: 'us-east-1' },
        },
      },
    })
    named.certificate!.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'chat.example.org',
      SubjectAlternativeNames: ['admin.example.org'],
      ValidationMethod: 'DNS',
    })
    named.firewall!.hasResourceProperties('AWS::WAFv2::WebACL', { Scope: 'CLOUDFRONT' })
    const records = resourcesOf(named.application, 'AWS::Route53::RecordSet')
    expect(records.map((record) => [record.Properties['Name'], record.Properties['Type']])).toEqual(
      [
        ['chat.example.org.', 'A'],
        ['chat.example.org.', 'AAAA'],
        ['admin.example.org.', 'A'],
        ['admin.example.org.', 'AAAA'],
      ],
    )
  })

  test('exist independently of each other', async () => {
    const firewalled = await synthesize('dev', { region: 'eu-central-1', hasFirewall: true })
    expect(resourcesOf(firewalled.certificate!)).toEqual([])
    firewalled.firewall!.resourceCountIs('AWS::WAFv2::WebACL', 1)
    const named = await synthesize('dev', { region: 'eu-central-1', domain })
    expect(resourcesOf(named.firewall!)).toEqual([])
    await expect(synthesize('dev', { domain })).rejects.toThrow('stages.dev.region')
  })
})

/** Returns the policies that add CORS. */
function corsOf({ application: template }: { application: Template }) {
  return resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy').flatMap(
    ({ id, Properties: { ResponseHeadersPolicyConfig: made } }) =>
      made.CorsConfig === undefined ? [] : [[id.replace(/[0-9A-F]{8}$/, ''), made.CorsConfig]],
  )
}

const isOfParts = ({ Properties }: Resource) => Properties['Include'][0].startsWith('assets/')

/** Returns the chat's distribution and the admin's. */
function distributionsOf(template: Template): [Resource, Resource] {
  return resourcesOf(template, 'AWS::CloudFront::Distribution') as [Resource, Resource]
}

function policy(id: string) {
  return resourcesOf(application, 'AWS::CloudFront::ResponseHeadersPolicy').find((resource) =>
    resource.id.includes(id),
  )!.Properties['ResponseHeadersPolicyConfig']
}
