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

/** No path (it has names of rooms and people), no query, no header, no body: nothing that lets anybody in, or was said. */
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

/** Where API Gateway writes one line a request, and what is in it. */
export function accessLog(
  scope: Construct,
  kind: keyof typeof formats,
  stage: StageSettings,
): IAccessLogSettings {
  // Deliveries to other names add to a policy of the account that has room for 5,120 characters. The last part
  // is the stack's own: a group that was kept after a removal does not stand in the way of the next deploy.
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
