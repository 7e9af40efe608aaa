import { extname } from 'node:path'
import { CfnResource, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment'
import { Construct, type IConstruct } from 'constructs'
import { siteHeaders } from '../../web/site/headers.ts'
import { listAssets, listPages, type Page } from '../../web/site/pages.ts'
import { acknowledgeWildcard } from '../functions/acknowledge-wildcard.ts'
import { logActions } from '../functions/service-actions.ts'
import type { StageSettings } from '../stage.ts'

export interface SiteBucketProps {
  readonly stage: StageSettings
  /** The folder with the site's files. */
  readonly files: string
  /** What the pages call: they come after it. */
  readonly handlers: readonly IConstruct[]
}

/**
 * The files of the site, for CloudFront alone. They are put here by the CDK's own function, which brings
 * a Python runtime and the AWS CLI along; the other way would be a function of our own that does the
 * same. Its role is not the one that the CDK would make, which reads all assets of the account. Another
 * function of the CDK's empties the bucket when it goes: the first leaves alone what a stack owns.
 */
export class SiteBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { stage, files, handlers }: SiteBucketProps) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // S3 deletes no bucket with files in it, neither at the end nor when a first deploy is rolled back.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'only CloudFront reads it, and everything in it is public',
    })

    const asset = new Asset(this, 'Files', { path: files })
    const logGroup = new LogGroup(this, 'DeploymentLogs', {
      retention: stage.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = this.createRole(asset, logGroup)
    const deploy = (part: string, pages: readonly Page[], cacheControl: string) =>
      [...keysByType(pages)].map(([type, keys]) => {
        const deployment = new BucketDeployment(this, part + extname(keys[0]!), {
          sources: [Source.bucket(asset.bucket, asset.s3ObjectKey)],
          destinationBucket: this.bucket,
          role: role.withoutPolicyUpdates(),
          logGroup,
          exclude: ['*'],
          include: keys,
          // What is no page any more stays, but nobody gets it: site-request.js has the list of the pages.
          prune: false,
          outputObjectKeys: false,
          contentType: type,
          cacheControl: [CacheControl.fromString(cacheControl)],
          memoryLimit: 256,
        })
        // The bucket's emptying among it, which a first deploy that fails later on is rolled back with.
        deployment.node.addDependency(role, this.bucket)
        return deployment
      })
    const assets = deploy('assets', listAssets(), siteHeaders.cacheForever)
    // No page of this release is there before what it refers to, and before all calls get handlers of this release.
    for (const deployment of deploy('pages', listPages(), siteHeaders.cacheControl)) {
      deployment.node.addDependency(...assets, ...handlers)
    }
    this.narrowEmptying(stage)
    const functions = Stack.of(this).node.children.filter(({ node }) =>
      node.id.startsWith('Custom::CDKBucketDeployment'),
    )
    for (const fn of functions) {
      Validations.of(fn).acknowledge({
        id: 'AwsSolutions-L1',
        reason: "the CDK's own function, with the runtime that it was tested with",
      })
    }
  }

  private createRole(asset: Asset, logGroup: LogGroup): Role {
    const role = new Role(this, 'DeploymentRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Quick Connect: puts the files of the site into their bucket',
    })
    const allow = (actions: readonly string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }))
    allow(logActions, logGroup.logGroupArn)
    allow(['s3:GetObject'], asset.bucket.arnForObjects(asset.s3ObjectKey))
    allow(['s3:ListBucket'], this.bucket.bucketArn)
    const objects = this.bucket.arnForObjects('*')
    allow(['s3:PutObject'], objects)
    Validations.of(role).acknowledge({
      id: 'Quick-Connect::iam-foreign-role',
      reason:
        "the CDK's own function puts the site's files into its bucket, and that is all it may",
    })
    acknowledgeWildcard(role, objects, 'every file in the bucket is of the site')
    return role
  }

  /** The CDK's function that empties the bucket would write into any log, and keep its own for ever. */
  private narrowEmptying(stage: StageSettings): void {
    const logGroup = new LogGroup(this, 'EmptyingLogs', {
      retention: stage.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const provider = Stack.of(this).node.findChild(
      'Custom::S3AutoDeleteObjectsCustomResourceProvider',
    )
    const writing = new PolicyStatement({
      actions: [...logActions],
      resources: [logGroup.logGroupArn],
    })
    const role = resourceIn(provider, 'Role')
    role.addPropertyDeletionOverride('ManagedPolicyArns')
    role.addPropertyOverride('Policies', [
      {
        PolicyName: 'Logs',
        PolicyDocument: { Version: '2012-10-17', Statement: [writing.toStatementJson()] },
      },
    ])
    resourceIn(provider, 'Handler').addPropertyOverride('LoggingConfig', {
      LogGroup: logGroup.logGroupName,
    })
    Validations.of(provider).acknowledge({
      id: 'Quick-Connect::iam-foreign-role',
      reason: "the CDK's own function empties the bucket, which the bucket's policy lets it do",
    })
  }
}

function resourceIn(parent: IConstruct, id: string): CfnResource {
  const child = parent.node.findChild(id)
  if (child instanceof CfnResource) return child
  throw new Error(`${child.node.path} is not a resource of a template`)
}

function keysByType(pages: readonly Page[]): Map<string, string[]> {
  const keys = new Map<string, string[]>()
  for (const { type, key } of pages) keys.set(type, [...(keys.get(type) ?? []), key])
  return keys
}
