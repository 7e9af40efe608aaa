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
  /** The handlers that the pages call. The pages are deployed after them. */
  readonly handlers: readonly IConstruct[]
}

/**
 * The bucket with the site's files. Only CloudFront can read it.
 *
 * A function of the CDK's own puts the files into the bucket. It brings along a Python runtime and the AWS CLI; the
 * alternative would be a function of our own that does the same. It has a role of ours, because the role that the CDK
 * would make may read all assets of the account. A second function of the CDK's empties the bucket when the bucket is
 * removed, because the first one does not delete files of a bucket that a stack owns.
 */
export class SiteBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { stage, files, handlers }: SiteBucketProps) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // S3 does not delete a bucket that holds files, neither at removal nor when a first deploy is rolled back.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'only CloudFront reads the bucket, and everything in it is public',
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
          // Files of former pages stay, but nobody can fetch them: site-request.js has the list of the pages.
          prune: false,
          outputObjectKeys: false,
          contentType: type,
          cacheControl: [CacheControl.fromString(cacheControl)],
          memoryLimit: 256,
        })
        // This includes the function that empties the bucket. The rollback of a failed first deploy needs it.
        deployment.node.addDependency(role, this.bucket)
        return deployment
      })
    const assets = deploy('assets', listAssets(), siteHeaders.cacheForever)
    // A page of this release is deployed only when the files that it refers to are there, and when all calls reach
    // handlers of this release.
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
        reason: "this is the CDK's own function, with the runtime that it was tested with",
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
      reason: "the CDK's own function may only put the site's files into their bucket",
    })
    acknowledgeWildcard(role, objects, 'every file in the bucket belongs to the site')
    return role
  }

  /**
   * By default, the CDK's function that empties the bucket may write to any log group, and keeps its own logs for ever.
   */
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
      reason: "the CDK's own function empties the bucket, and the bucket's policy allows it to",
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
