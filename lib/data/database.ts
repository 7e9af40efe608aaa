import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseClusterFromSnapshot,
  type DatabaseClusterProps,
} from 'aws-cdk-lib/aws-rds'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { FunctionName } from '../../functions/routes.ts'
import type { ChatFunction } from '../functions/chat-function.ts'
import type { StageSettings } from '../stage.ts'
import { allowReading } from './allow-reading.ts'

export interface DatabaseProps {
  readonly stage: StageSettings
}

/**
 * How long those who are called by clients wait for a database that resumes, which takes 15 s and more. A new
 * account runs ten functions at once: were each to wait to the end, ten tabs would keep all others out. A client
 * asks again. For a socket nothing is gained by waiting. A worker of the queue may wait: nobody waits for it.
 */
const resumeWaitMs: Readonly<Partial<Record<FunctionName, number>>> = {
  api: 3_000,
  admin: 3_000,
  connect: 0,
  disconnect: 3_000,
  sendmessage: 3_000,
  frame: 3_000,
}

/** The role of the handlers, made by the migrations. */
const appUser = 'quick_connect_app'

/**
 * Aurora PostgreSQL, reached through the Data API alone: nothing else is in its network, which has no
 * way out, and no Lambda function is in it.
 */
export class Database extends Construct {
  readonly name = 'quick_connect'
  /** Whether it pauses when nobody has called it for a while. */
  private readonly mayPause: boolean
  readonly cluster: DatabaseCluster | DatabaseClusterFromSnapshot
  /** `{username, password}` of the role without DDL. */
  readonly appSecret: ISecret

  constructor(scope: Construct, id: string, { stage }: DatabaseProps) {
    super(scope, id)
    const { minCapacity, maxCapacity, hasReader, backupDays, engineVersion, snapshot } =
      stage.database
    this.mayPause = minCapacity === 0

    const vpc = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED }],
      // Emptying the default group takes a Lambda function with rights of its own, and nothing is in it.
      restrictDefaultSecurityGroup: false,
    })
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'no packet enters or leaves it: the Data API reaches Aurora from the inside of AWS',
    })

    const props: DatabaseClusterProps = {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.of(engineVersion, '17'),
      }),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      writer: ClusterInstance.serverlessV2('Writer'),
      // Scaled with the writer: what takes over has to be as large at once.
      readers: hasReader ? [ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true })] : [],
      serverlessV2MinCapacity: minCapacity,
      serverlessV2MaxCapacity: maxCapacity,
      // The shortest there is: a stage that may pause is one to save money on.
      ...(this.mayPause && { serverlessV2AutoPauseDuration: Duration.minutes(5) }),
      enableDataApi: true,
      manageMasterUserPassword: true,
      storageEncrypted: true,
      backup: { retention: Duration.days(backupDays) },
      copyTagsToSnapshot: true,
      deletionProtection: stage.isProtected,
      removalPolicy: stage.keepsData ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    }
    this.cluster =
      snapshot === undefined
        ? new DatabaseCluster(this, 'Cluster', { ...props, defaultDatabaseName: this.name })
        : new DatabaseClusterFromSnapshot(this, 'Cluster', {
            ...props,
            snapshotIdentifier: snapshot,
          })

    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-RDS6',
      reason: 'the Data API logs in with a secret alone, and nothing else can reach the cluster',
    })
    if (snapshot !== undefined) {
      Validations.of(this.cluster).acknowledge({
        id: 'Annotation::@aws-cdk/aws-rds:generatedCredsNotApplied',
        reason: 'RDS manages the password, so that none is generated here',
      })
    }
    if (!stage.isProtected) {
      Validations.of(this.cluster).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'a stage that is there to be thrown away',
      })
    }

    this.appSecret = new Secret(this, 'AppSecret', {
      description: `Quick Connect, ${stage.name}: the database role of the handlers`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: appUser }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludePunctuation: true,
      },
    })
    Validations.of(this.appSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'rotating a secret that is not managed by RDS takes a Lambda function in the network, and a way from there to Secrets Manager',
    })
  }

  /** Statements as the role without DDL. */
  grantStatements(fn: ChatFunction): void {
    this.grantDataApi(fn, this.appSecret)
    const wait = resumeWaitMs[fn.name]
    if (this.mayPause && wait !== undefined) {
      fn.setEnvironment('DATABASE_RESUME_WAIT_MS', String(wait))
    }
  }

  /** Statements as the owner, and the password of the role that it makes for the handlers. */
  grantMigrations(fn: ChatFunction): void {
    this.grantDataApi(fn, this.cluster.secret!)
    allowReading(fn, this.appSecret)
    fn.setEnvironment('APP_SECRET_ARN', this.appSecret.secretArn)
  }

  /** The Data API reads the secret with its caller's rights. */
  private grantDataApi(fn: ChatFunction, secret: ISecret): void {
    fn.allow({
      actions: [
        'rds-data:BeginTransaction',
        'rds-data:CommitTransaction',
        'rds-data:ExecuteStatement',
        'rds-data:RollbackTransaction',
      ],
      resource: this.cluster.clusterArn,
    })
    allowReading(fn, secret)
    fn.setEnvironment('DATABASE_ARN', this.cluster.clusterArn)
    fn.setEnvironment('DATABASE_SECRET_ARN', secret.secretArn)
    fn.setEnvironment('DATABASE_NAME', this.name)
  }
}
