import { join } from 'node:path'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function,
  type IFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { type EnvironmentName, functionEnvironments } from '../../functions/env.ts'
import type { FunctionName } from '../../functions/routes.ts'
import type { Assets } from '../assets.ts'
import type { StageSettings } from '../stage.ts'
import { acknowledgeWildcard } from './acknowledge-wildcard.ts'
import { functionSettings } from './function-settings.ts'
import { logActions } from './service-actions.ts'

/**
 * The CloudWatch namespace of the metrics that the functions write themselves. Their one dimension `service` is the
 * stage's name.
 */
export const metricsNamespace = 'QuickConnect'

export interface Permission {
  readonly actions: readonly string[]
  readonly resource: string
  readonly whyWildcard?: string
}

export interface ChatFunctionProps {
  readonly name: FunctionName
  readonly stage: StageSettings
  readonly assets: Assets
}

/**
 * One function of functions/routes.ts, with its own log group and role. The parts that it uses grant it permissions.
 * Each grant gives a permission and its environment variables together.
 */
export class ChatFunction extends Construct {
  readonly name: FunctionName
  readonly lambda: Function
  readonly logGroup: LogGroup
  private alias: IFunction | undefined

  constructor(scope: Construct, id: string, props: ChatFunctionProps) {
    super(scope, id)
    const { stage } = props
    const { description, memoryMb, timeoutSeconds } = functionSettings[props.name]
    this.name = props.name

    this.logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logDays,
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Quick Connect, ${stage.name}: ${props.name}`,
    })
    this.lambda = new Function(this, 'Function', {
      description: `Quick Connect, ${stage.name}: ${description}`,
      code: Code.fromAsset(join(props.assets.functions, props.name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: stage.tracing === 'sampled' ? Tracing.ACTIVE : Tracing.DISABLED,
      // Lambda's own log lines about each call cost more than ours. Only its warnings and errors are kept.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: applicationLogLevel(stage),
      logGroup: this.logGroup,
      role,
    })
    // AWS's own policy for this would let it make log groups, and write into any.
    this.allow({ actions: logActions, resource: this.logGroup.logGroupArn })
    if (stage.tracing === 'sampled') {
      acknowledgeWildcard(role, '*', 'X-Ray knows no resources: its actions take * alone')
    }
    this.lambda.addEnvironment('NODE_OPTIONS', '--enable-source-maps')
    if ('POWERTOOLS_METRICS_NAMESPACE' in functionEnvironments[props.name].shape) {
      this.setEnvironment('POWERTOOLS_METRICS_NAMESPACE', metricsNamespace)
      this.setEnvironment('POWERTOOLS_SERVICE_NAME', stage.name)
    }
    this.setOwn(stage.environment)
  }

  /** What clients and queues call. It is an alias when the stage releases gradually. */
  get target(): IFunction {
    return this.alias ?? this.lambda
  }

  /** Must be called before anything reads `target`. */
  releaseBy(alias: IFunction): void {
    this.alias = alias
  }

  /** Sets those of the stage's own environment variables that this function reads. */
  private setOwn(environment: StageSettings['environment']): void {
    for (const [name, value] of Object.entries(environment)) {
      if (name in functionEnvironments[this.name].shape) this.lambda.addEnvironment(name, value)
    }
  }

  /** A resource that contains a `*` needs the reason why it cannot be narrower. */
  allow({ actions, resource, whyWildcard }: Permission): void {
    this.lambda.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: [resource] }),
    )
    if (whyWildcard !== undefined) acknowledgeWildcard(this, resource, whyWildcard)
  }

  setEnvironment(name: EnvironmentName, value: string): void {
    this.lambda.addEnvironment(name, value)
  }
}

/** Lambda filters by a level of its own, too. It must let through what the stage's LOG_LEVEL asks for. */
function applicationLogLevel({ environment }: StageSettings): ApplicationLogLevel {
  const byName: Readonly<Record<string, ApplicationLogLevel>> = ApplicationLogLevel
  return byName[environment['LOG_LEVEL'] ?? 'INFO'] ?? ApplicationLogLevel.INFO
}
