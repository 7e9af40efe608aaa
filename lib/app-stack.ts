import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { adminRoutes, type FunctionName, httpRoutes, webSocketRoutes } from '../functions/routes.ts'
import { GatewayLogRole } from './api/gateway-log-role.ts'
import { HttpApi } from './api/http-api.ts'
import { routeThrottles, socketRouteThrottles, throttles } from './api/throttles.ts'
import { WebSocketApi } from './api/websocket-api.ts'
import type { Assets } from './assets.ts'
import type { DataStack } from './data-stack.ts'
import { AdminDistribution } from './edge/admin-distribution.ts'
import { ChatDistribution } from './edge/chat-distribution.ts'
import type { Edge } from './edge-stacks.ts'
import { ChatFunction } from './functions/chat-function.ts'
import { GradualReleases } from './functions/gradual-releases.ts'
import { FanOutQueue } from './jobs/fan-out-queue.ts'
import { MigrationResource } from './jobs/migration.ts'
import { Alarms } from './operations/alarms.ts'
import { Dashboard } from './operations/dashboard.ts'
import { createChatMetrics } from './operations/metrics.ts'
import { sampleTraces } from './operations/traces.ts'
import type { StageSettings } from './stage.ts'

export interface AppStackProps extends StackProps {
  readonly stage: StageSettings
  readonly assets: Assets
  readonly data: DataStack
  readonly edge: Edge
}

/** Everything that can be made again: APIs, handlers, queue, site, and their monitoring. */
export class AppStack extends Stack {
  readonly distributions: readonly [ChatDistribution, AdminDistribution]

  constructor(scope: Construct, id: string, props: AppStackProps) {
    const { stage, assets, data, edge } = props
    super(scope, id, {
      description: `Quick Connect, ${stage.name}: APIs, handlers and site`,
      terminationProtection: stage.isProtected,
      ...props,
    })
    const create = (name: FunctionName) => new ChatFunction(this, name, { name, ...props })
    const functions = {
      api: create('api'),
      connect: create('connect'),
      disconnect: create('disconnect'),
      sendmessage: create('sendmessage'),
      frame: create('frame'),
    }
    const { api, connect, sendmessage, frame } = functions
    const admin = create('admin')
    const fanOut = create('fan-out')
    const serving = [...Object.values(functions), admin, fanOut]
    if (stage.releasesGradually)
      new GradualReleases(this, 'Releases', { stage, functions: serving })

    const sockets = new WebSocketApi(this, 'Sockets', {
      stage,
      throttle: throttles.webSocket,
      routeThrottles: socketRouteThrottles,
    })
    if (stage.setsApiGatewayLogRole) {
      sockets.stage.node.addDependency(new GatewayLogRole(this, 'GatewayLogs'))
    }
    for (const [routeKey, name] of Object.entries(webSocketRoutes)) {
      sockets.addRoute(routeKey, functions[name])
    }
    const http = new HttpApi(this, 'Http', {
      stage,
      routes: httpRoutes.map((route) => ({
        routeKey: route.routeKey,
        fn: functions[route.function],
      })),
      throttle: throttles.http,
      routeThrottles,
      authorization: 'the handler checks token and session, and some operations are for everybody',
    })
    const adminApi = new HttpApi(this, 'AdminApi', {
      stage,
      routes: adminRoutes.map(({ routeKey }) => ({ routeKey, fn: admin })),
      throttle: throttles.admin,
      authorization: 'the handler checks the session of an admin, and signing in is for everybody',
    })

    const migrate = create('migrate')
    const migration = new MigrationResource(this, 'Migration', {
      stage,
      fn: migrate,
      database: data.database,
      assets,
    })
    for (const fn of serving) {
      migration.precede(fn)
      data.database.grantStatements(fn)
      sockets.grantPush(fn)
    }
    const queue = new FanOutQueue(this, 'FanOut', { worker: fanOut })
    for (const fn of [api, admin, connect, sendmessage, frame]) queue.grantSend(fn)
    for (const fn of [api, connect]) data.jwtKeys.grantRead(fn)
    for (const fn of [api, connect, admin]) data.originSecret.grantRead(fn)
    // A frame of an ended session closes its socket. A message that a simple client missed closes that client's socket,
    // too.
    for (const fn of [api, admin, sendmessage, frame, fanOut]) sockets.grantClose(fn)

    const chat = new ChatDistribution(this, 'Chat', {
      stage,
      siteFiles: assets.site,
      handlers: serving.map(({ target }) => target),
      http,
      sockets,
      originSecret: data.originSecret,
      edge,
    })
    const adminDistribution = new AdminDistribution(this, 'Admin', {
      stage,
      api: adminApi,
      originSecret: data.originSecret,
      edge,
    })
    admin.setEnvironment('CHAT_URL', `https://${chat.host}`)
    this.distributions = [chat, adminDistribution]
    const metrics = createChatMetrics(this, {
      stage,
      functions: [...serving, migrate, data.rotation],
      apis: [http, adminApi],
      sockets,
      queue,
      database: data.database,
      distributions: this.distributions,
    })
    const alarms = stage.hasAlarms
      ? new Alarms(this, 'Alarms', { stage, metrics, database: data.database })
      : undefined
    if (stage.hasDashboard) new Dashboard(this, 'Dashboard', { stage, metrics, alarms })
    if (stage.tracing === 'sampled') sampleTraces(this, stage)
    new CfnOutput(this, 'ChatUrl', { value: `https://${chat.host}/` })
    new CfnOutput(this, 'AdminUrl', { value: `https://${adminDistribution.host}/admin/` })
  }
}
