import { Stack, Validations } from 'aws-cdk-lib'
import {
  CfnStage,
  WebSocketApi as Api,
  type ThrottleSettings,
  WebSocketRoute,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import type { StageSettings } from '../stage.ts'
import { defaultChild } from '../default-child.ts'
import { accessLog } from './access-log.ts'
import { permissionsFirst } from './permissions-first.ts'
import { toRouteSettings } from './throttles.ts'

export interface WebSocketApiProps {
  readonly stage: StageSettings
  /** The throttle of each route that has none of its own. */
  readonly throttle: ThrottleSettings
  /** The routes with a throttle of their own, by route key. */
  readonly routeThrottles: Readonly<Record<string, ThrottleSettings>>
}

/** The last part of the API's address. Clients never see it, because lib/edge/socket-request.js adds it. */
export const webSocketStageName = 'live'

/** The WebSocket API. Its routes are made after the functions, because the functions have to know its address. */
export class WebSocketApi extends Construct {
  readonly api: Api
  readonly stage: WebSocketStage
  /** The host that CloudFront calls. */
  readonly host: string

  constructor(scope: Construct, id: string, props: WebSocketApiProps) {
    super(scope, id)
    this.api = new Api(this, 'Api', {
      apiName: `QuickConnect-${props.stage.name}-${id}`,
      routeSelectionExpression: '$request.body.action',
    })
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: webSocketStageName,
      autoDeploy: true,
      accessLogSettings: accessLog(this, 'webSocket', props.stage),
    })
    defaultChild(this.stage, CfnStage).defaultRouteSettings = {
      throttlingRateLimit: props.throttle.rateLimit,
      throttlingBurstLimit: props.throttle.burstLimit,
      // The execution log would hold frames, and so what people write.
      dataTraceEnabled: false,
      loggingLevel: 'OFF',
    }
    defaultChild(this.stage, CfnStage).routeSettings = toRouteSettings(props.routeThrottles)
    const { region, urlSuffix } = Stack.of(this)
    this.host = `${this.api.apiId}.execute-api.${region}.${urlSuffix}`
  }

  addRoute(routeKey: string, fn: ChatFunction): void {
    const route = new WebSocketRoute(this, routeKey, {
      webSocketApi: this.api,
      routeKey,
      integration: new WebSocketLambdaIntegration(fn.name, fn.target),
    })
    permissionsFirst(route)
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        '$connect checks the token itself: API Gateway does not cache the authorizer of a WebSocket, so an authorizer would be a second call; the other routes only serve accepted sockets',
    })
    // API Gateway refuses settings of a route that does not exist yet.
    this.stage.node.addDependency(route)
  }

  grantPush(fn: ChatFunction): void {
    this.grantConnections(fn, 'POST')
  }

  grantClose(fn: ChatFunction): void {
    this.grantConnections(fn, 'DELETE')
  }

  private grantConnections(fn: ChatFunction, method: 'POST' | 'DELETE'): void {
    const path = `${this.api.apiId}/${webSocketStageName}/${method}/@connections/*`
    fn.allow({
      actions: ['execute-api:ManageConnections'],
      resource: Stack.of(this).formatArn({ service: 'execute-api', resource: path }),
      whyWildcard: 'any socket of this stage may be a recipient',
    })
    fn.setEnvironment(
      'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI',
      `https://${this.host}/${webSocketStageName}`,
    )
  }
}
