import { Duration, Validations } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import {
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy'
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias, type Version } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'
import { type ChatFunction, metricsNamespace } from './chat-function.ts'

/** The name of the alias that leads callers to the live release. */
export const aliasName = 'live'

export interface GradualReleasesProps {
  readonly stage: StageSettings
  /** The functions that clients or the queue call. */
  readonly functions: readonly ChatFunction[]
}

/**
 * Brings a new release to one call in ten, and ten minutes later to all calls. Errors of the new version reverse the
 * release.
 *
 * The alarms watch the new version alone. So errors of the version before it stop neither the deploy that repairs them
 * nor a rollback. Each version has its own alarms, because an alarm that is changed keeps its state.
 */
export class GradualReleases extends Construct {
  constructor(scope: Construct, id: string, { stage, functions }: GradualReleasesProps) {
    super(scope, id)
    const application = new LambdaApplication(this, 'Application')
    const role = this.createRole(stage)
    for (const fn of functions) {
      const version = fn.lambda.currentVersion
      const alias = new Alias(this, fn.name, { aliasName, version })
      fn.releaseBy(alias)
      new LambdaDeploymentGroup(this, `${fn.name}-release`, {
        application,
        role,
        alias,
        // Metrics and logs arrive a minute or two late. Ten minutes leave time for the alarms.
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
        alarms: [
          this.alarmOf(stage, fn, version, 'crashes', crashesOf(fn, version)),
          this.alarmOf(stage, fn, version, 'errors', this.loggedErrorsOf(stage, fn, version)),
        ],
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      })
    }
  }

  private createRole(stage: StageSettings): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      description: `Quick Connect, ${stage.name}: shifts calls to a new release`,
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited'),
      ],
    })
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'CodeDeploy needs this policy; only CodeDeploy may assume the role',
    })
    return role
  }

  /**
   * Errors that handlers caught and logged. Lambda does not count them, because the handler answers 500 and ends
   * normally. Each function and version has a metric of its own. A metric costs money only in hours with errors.
   */
  private loggedErrorsOf(stage: StageSettings, fn: ChatFunction, version: Version): IMetric {
    const metricName = `ReleaseErrors-${stage.name}-${fn.name}`
    new MetricFilter(this, `${fn.name}-errors`, {
      logGroup: fn.logGroup,
      filterPattern: FilterPattern.stringValue('$.level', '=', 'ERROR'),
      metricNamespace: metricsNamespace,
      metricName,
      dimensions: { version: '$.version' },
    })
    return new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { version: version.version },
      statistic: Stats.SUM,
      period: Duration.minutes(1),
    })
  }

  private alarmOf(
    stage: StageSettings,
    fn: ChatFunction,
    version: Version,
    what: 'crashes' | 'errors',
    metric: IMetric,
  ): Alarm {
    return new Alarm(this, `${fn.name}-release-${what}`, {
      // A new name makes CloudFormation create a new alarm.
      alarmName: `QuickConnect-${stage.name}-${fn.name}-${version.version}-${what}`,
      alarmDescription: `The newest release fails in ${fn.name}. While the release is being rolled out, CodeDeploy reverses it by itself.`,
      metric,
      threshold: 1,
      // A single error is a socket that ended at a bad moment. Errors in two minutes of five are due to the release.
      evaluationPeriods: 5,
      datapointsToAlarm: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
  }
}

/** Calls of this version that ended in an error or timed out. Errors at its start count, too. */
function crashesOf({ lambda }: ChatFunction, { version }: Version): IMetric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensionsMap: {
      FunctionName: lambda.functionName,
      // This is the alias's name, not the alias itself: the alias waits for its deployment group, which waits for its
      // alarms.
      Resource: `${lambda.functionName}:${aliasName}`,
      ExecutedVersion: version,
    },
    statistic: Stats.SUM,
    period: Duration.minutes(1),
  })
}
