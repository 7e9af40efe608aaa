import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'

const common = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.responseType',
}

/**
 * The log has no path (it holds names of rooms and people), no query, no header and no body. So nothing in it lets
 * somebody in, and it never shows what people wrote.
 */
const formats = {
  http: {
    ...common,
    latencyMs: '$context.responseLatency',
    integrationStatus: '$context.integrationStatus',
    integrationMs: '$context.integrationLatency',
    bytes: '$context.responseLength',
  },
  webSocket: {
    ...common,
    event: '$context.eventType',
    connectionId: '$context.connectionId',
    integrationStatus: '$context.integrationStatus',
    integrationMs: '$context.integrationLatency',
  },
}

/** Makes the log group that API Gateway writes one line per request to, and the format of that line. */
export function accessLog(
  scope: Construct,
  kind: keyof typeof formats,
  stage: StageSettings,
): IAccessLogSettings {
  // AWS needs no policy for log groups under /aws/vendedlogs/. For other names it adds to a policy of the account,
  // which holds 5,120 characters at most. The last part is the suffix of the stack's id: a log group that was kept
  // after a removal does not block the next deploy.
  const [, , stackSuffix] = Fn.split('/', Aws.STACK_ID, 3)
  const logGroup = new LogGroup(scope, 'AccessLog', {
    logGroupName: `/aws/vendedlogs/quick-connect/${stage.name}/${scope.node.id}/${stackSuffix}`,
    retention: stage.logDays,
    removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
  return {
    destination: new LogGroupLogDestination(logGroup),
    format: AccessLogFormat.custom(JSON.stringify(formats[kind])),
  }
}
