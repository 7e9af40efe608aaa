import { type Draft, type Json, mentions, type Resource } from '../draft.ts'
import { mutant } from './mutant.ts'

const bucket = 'AWS::S3::Bucket'
const config = (draft: Draft) =>
  draft.the('AWS::CloudFront::Distribution', hasSockets).Properties['DistributionConfig']

function hasSockets(it: Resource): boolean {
  return JSON.stringify(it).includes('/ws/*')
}

function isOfApi(it: Resource): boolean {
  return JSON.stringify(it).includes('ApiHeaders')
}

function behavior(draft: Draft, path: string): Record<string, Json> {
  return config(draft).CacheBehaviors.find(
    (it: Record<string, unknown>) => it['PathPattern'] === path,
  )
}

function originOf(draft: Draft, path: string): Record<string, Json> {
  const id = behavior(draft, path)['TargetOriginId']
  return config(draft).Origins.find((it: Record<string, unknown>) => it['Id'] === id)
}

/** Gives the API's policy harmless CORS, except for what is changed. */
function setCors(draft: Draft, changed: Record<string, Json>): void {
  const policy = draft.the('AWS::CloudFront::ResponseHeadersPolicy', isOfApi)
  policy.Properties['ResponseHeadersPolicyConfig'].CorsConfig = {
    AccessControlAllowCredentials: false,
    AccessControlAllowHeaders: { Items: ['Authorization'] },
    AccessControlAllowMethods: { Items: ['ALL'] },
    AccessControlAllowOrigins: { Items: ['https://chat.example.org'] },
    OriginOverride: false,
    ...changed,
  }
}

export const edgeMutants = [
  mutant('an API that is cached', 'cdn-api-cached', (draft) => {
    // CachingOptimized
    behavior(draft, '/api/*')['CachePolicyId'] = '658327ea-f89d-4fab-a63d-7e88639e58f6'
  }),
  mutant("an API without the viewer's headers", 'cdn-api-cached', (draft) => {
    delete behavior(draft, '/api/*')['OriginRequestPolicyId']
  }),
  mutant('an API that only reads', 'cdn-api-cached', (draft) => {
    behavior(draft, '/api/*')['AllowedMethods'] = ['GET', 'HEAD']
  }),
  mutant("a viewer's address that a viewer may set", 'cdn-api-cached', (draft) => {
    delete behavior(draft, '/ws/*')['FunctionAssociations']
  }),
  mutant('sockets that lead to the site', 'cdn-paths', (draft) => {
    const all = config(draft).CacheBehaviors
    config(draft).CacheBehaviors = all.filter(
      (it: Record<string, unknown>) => it['PathPattern'] !== '/ws/*',
    )
  }),
  mutant('an origin without its secret', 'cdn-origin-secret', (draft) => {
    delete originOf(draft, '/ws/*')['OriginCustomHeaders']
  }),
  mutant("an origin's secret in plain text", 'cdn-origin-secret', (draft) => {
    originOf(draft, '/api/*')['OriginCustomHeaders'][0].HeaderValue = 'correct horse battery staple'
  }),
  mutant('an origin over http', undefined, (draft) => {
    originOf(draft, '/api/*')['CustomOriginConfig'].OriginProtocolPolicy = 'match-viewer'
  }),
  mutant("an API's 404 that is the site's page", 'cdn-errors', (draft) => {
    const responses = config(draft).CustomErrorResponses
    const notFound = responses.find((it: Record<string, unknown>) => it['ErrorCode'] === 404)
    Object.assign(notFound, { ResponseCode: 200, ResponsePagePath: '/index.html' })
  }),
  mutant("an API's errors that are kept", 'cdn-errors', (draft) => {
    delete config(draft).CustomErrorResponses
  }),
  mutant('the function of the API on the sockets', 'cdn-function', (draft) => {
    const { FunctionAssociations } = behavior(draft, '/api/*')
    behavior(draft, '/ws/*')['FunctionAssociations'] = FunctionAssociations
  }),
  mutant('the function of the site on the API', 'cdn-function', (draft) => {
    const { FunctionAssociations } = config(draft).DefaultCacheBehavior
    behavior(draft, '/api/*')['FunctionAssociations'] = FunctionAssociations
  }),
  mutant('a function with syntax that CloudFront does not know', 'edge-function-code', (draft) => {
    const fn = draft.the('AWS::CloudFront::Function', (it) => mentions('api-request')(it))
    fn.Properties['FunctionCode'] += '\nconst host = (event) => event?.request?.headers?.host'
  }),
  mutant('a function that CloudFront does not find', 'edge-function-code', (draft) => {
    const fn = draft.the('AWS::CloudFront::Function', (it) => mentions('socket-request')(it))
    fn.Properties['FunctionCode'] = fn.Properties['FunctionCode'].replace(
      'function handler(',
      'export function handle(',
    )
  }),
  mutant('a name without a certificate', 'cdn-pairs', (draft) => {
    config(draft).Aliases = ['chat.example.org']
  }),
  mutant('a certificate without a name', 'cdn-pairs', (draft) => {
    config(draft).ViewerCertificate = {
      AcmCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/abc',
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    }
  }),
  mutant('CORS of CloudFront that replaces that of the handlers', 'cdn-cors', (draft) => {
    setCors(draft, { OriginOverride: true })
  }),
  mutant('CORS of CloudFront for every origin', 'cdn-cors', (draft) => {
    setCors(draft, { AccessControlAllowOrigins: { Items: ['*'] } })
  }),
  mutant('CORS of CloudFront with credentials', 'cdn-cors', (draft) => {
    setCors(draft, { AccessControlAllowCredentials: true })
  }),
  mutant('pages over http', 'cdn-https', (draft) => {
    config(draft).DefaultCacheBehavior.ViewerProtocolPolicy = 'allow-all'
  }),
  mutant('a bucket that may be public', undefined, (draft) => {
    draft.the(bucket).Properties['PublicAccessBlockConfiguration'].BlockPublicPolicy = false
  }),
  mutant('a bucket with an ACL for everybody', undefined, (draft) => {
    draft.the(bucket).Properties['AccessControl'] = 'PublicRead'
  }),
  mutant('a bucket that is a website', undefined, (draft) => {
    draft.the(bucket).Properties['WebsiteConfiguration'] = { IndexDocument: 'index.html' }
  }),
  mutant('a bucket that anybody reads', 'policy-for-everybody', (draft) => {
    const policy = draft.the('AWS::S3::BucketPolicy').Properties['PolicyDocument']
    policy.Statement.push({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Principal: '*',
      Resource: { 'Fn::GetAtt': [draft.idOf(bucket), 'Arn'] },
    })
  }),
  mutant('a bucket over http', undefined, (draft) => {
    const policy = draft.the('AWS::S3::BucketPolicy').Properties['PolicyDocument']
    policy.Statement = policy.Statement.filter((it: { Effect: string }) => it.Effect !== 'Deny')
  }),
]
