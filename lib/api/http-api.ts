import { Stack, Validations } from 'aws-cdk-lib'
import {
  CfnStage,
  HttpApi as Api,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import type { StageSettings } from '../stage.ts'
import { defaultChild } from '../default-child.ts'
import { accessLog } from './access-log.ts'
import { permissionsFirst } from './permissions-first.ts'
import { toRouteSettings } from './throttles.ts'

export interface HttpApiProps {
  readonly stage: StageSettings
  readonly routes: readonly { readonly routeKey: string; readonly fn: ChatFunction }[]
  /** The throttle of each route that has none of its own. */
  readonly throttle: ThrottleSettings
  /** The routes with a throttle of their own, by route key. */
  readonly routeThrottles?: Readonly<Record<string, ThrottleSettings>>
  /** Says who authorizes callers. */
  readonly authorization: string
}

/** An HTTP API with its `$default` stage; events come as payload 2.0. */
export class HttpApi extends Construct {
  readonly api: Api
  readonly stage: HttpStage
  /** The host that CloudFront calls. */
  readonly host: string

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id)
    this.api = new Api(this, 'Api', {
      apiName: `QuickConnect-${props.stage.name}-${id}`,
      createDefaultStage: false,
    })
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: accessLog(this, 'http', props.stage),
    })
    const integrations = new Map<ChatFunction, HttpLambdaIntegration>()
    for (const { routeKey, fn } of props.routes) {
      const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(routeKey) ?? []
      if (!isHttpMethod(method) || !path)
        throw new Error(`the route key ${routeKey} is wrong: write METHOD /path`)
      const integration = integrations.get(fn) ?? new HttpLambdaIntegration(fn.name, fn.target)
      integrations.set(fn, integration)
      const routeConstruct = new HttpRoute(this, routeKey, {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, method),
        integration,
      })
      Validations.of(routeConstruct).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: props.authorization,
      })
      // API Gateway refuses settings of a route that does not exist yet.
      this.stage.node.addDependency(routeConstruct)
    }
    permissionsFirst(this)
    defaultChild(this.stage, CfnStage).routeSettings = toRouteSettings(props.routeThrottles ?? {})
    const { region, urlSuffix } = Stack.of(this)
    this.host = `${this.api.apiId}.execute-api.${region}.${urlSuffix}`
  }
}

function isHttpMethod(word: string | undefined): word is HttpMethod {
  return Object.values<string | undefined>(HttpMethod).includes(word)
}
