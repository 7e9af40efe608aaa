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
 * How long functions wait for a database that resumes, which takes 15 s or more. These functions are called by clients.
 * A new account runs ten functions at once: if each of them waited until the end, ten tabs would keep everybody else
 * out. So they wait briefly, and the client tries again. For a new socket, waiting gains nothing. A worker of the queue
 * may wait longer, because no client waits for it.
 */
const resumeWaitMs: Readonly<Partial<Record<FunctionName, number>>> = {
  api: 3_000,
  admin: 3_000,
  connect: 0,
  disconnect: 3_000,
  sendmessage: 3_000,
  frame: 3_000,
}

/** The role of the handlers. The migrations make it. */
const appUser = 'quick_connect_app'

/**
 * Aurora PostgreSQL. It is reached through the Data API alone: its network holds nothing else and has no way out, and
 * no Lambda function is in it.
 */
export class ChatDatabase extends Construct {
  readonly name = 'quick_connect'
  /** Whether the database pauses when nobody has called it for a while. */
  private readonly mayPause: boolean
  readonly cluster: DatabaseCluster | DatabaseClusterFromSnapshot
  /** `{username, password}` of the role without rights to change the schema (DDL). */
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
      // The CDK would need a Lambda function with rights of its own to empty the default group. Nothing is in that
      // group.
      restrictDefaultSecurityGroup: false,
    })
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'no packet enters or leaves the network: the Data API reaches Aurora inside AWS',
    })

    const props: DatabaseClusterProps = {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.of(engineVersion, '17'),
      }),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      writer: ClusterInstance.serverlessV2('Writer'),
      // The reader scales with the writer: it must be as large at once when it takes over.
      readers: hasReader ? [ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true })] : [],
      serverlessV2MinCapacity: minCapacity,
      serverlessV2MaxCapacity: maxCapacity,
      // The shortest time that Aurora allows. A stage that may pause is meant to save money.
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
      reason: 'the Data API can only log in with a secret, and nothing else can reach the cluster',
    })
    if (snapshot !== undefined) {
      Validations.of(this.cluster).acknowledge({
        id: 'Annotation::@aws-cdk/aws-rds:generatedCredsNotApplied',
        reason: 'RDS manages the password, so the stack generates none',
      })
    }
    if (!stage.isProtected) {
      Validations.of(this.cluster).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'this stage is made to be thrown away',
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
        'RDS does not manage this secret: rotating it would need a Lambda function in the network, with a route to Secrets Manager',
    })
  }

  /** Allows statements as the role without DDL. */
  grantStatements(fn: ChatFunction): void {
    this.grantDataApi(fn, this.appSecret)
    const wait = resumeWaitMs[fn.name]
    if (this.mayPause && wait !== undefined) {
      fn.setEnvironment('DATABASE_RESUME_WAIT_MS', String(wait))
    }
  }

  /** Allows statements as the owner, and reading the password of the role that the function makes for the handlers. */
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
