import { describe, expect, test } from 'vitest'
import { adminRoutes, httpRoutes, webSocketRoutes } from '../../functions/routes.ts'
import { resourcesOf, text, the } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { application } = await synthesize('prod')

const apis = resourcesOf(application, 'AWS::ApiGatewayV2::Api')
const apiId = (name: 'AdminApi' | 'Http' | 'Sockets') =>
  apis.find(({ id }) => id.startsWith(name))!.id

/** Route key to function, by way of the integration. */
function routesOf(api: string): Record<string, string> {
  const integrations = new Map(
    resourcesOf(application, 'AWS::ApiGatewayV2::Integration').map(({ id, Properties }) => [
      `integrations/<${id}>`,
      Properties,
    ]),
  )
  const routes = resourcesOf(application, 'AWS::ApiGatewayV2::Route').filter(
    ({ Properties }) => Properties['ApiId'].Ref === api,
  )
  return Object.fromEntries(
    routes.map(({ Properties }) => {
      const uri = text(integrations.get(text(Properties['Target']))!['IntegrationUri'])
      return [Properties['RouteKey'], /<Releases(\w+?)[0-9A-F]{8}>/.exec(uri)![1]]
    }),
  )
}

function stageOf(api: string) {
  return resourcesOf(application, 'AWS::ApiGatewayV2::Stage').find(
    ({ Properties }) => Properties['ApiId'].Ref === api,
  )!
}

describe('the HTTP API', () => {
  const stage = stageOf(apiId('Http'))

  test('has the routes of the table, with events as payload 2.0', () => {
    expect(routesOf(apiId('Http'))).toEqual(
      Object.fromEntries(httpRoutes.map((route) => [route.routeKey, route.function])),
    )
    const [integration] = resourcesOf(application, 'AWS::ApiGatewayV2::Integration').filter(
      ({ Properties }) => Properties['ApiId'].Ref === apiId('Http'),
    )
    expect(integration!.Properties['PayloadFormatVersion']).toBe('2.0')
  })

  test('lets fewer passwords through than other requests', () => {
    expect(stage.Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 1_000 },
      RouteSettings: {
        'POST /api/login': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
        'POST /api/register': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      },
    })
  })

  test('has settings for no route that is not there before them', () => {
    const routes = resourcesOf(application, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) =>
      Object.hasOwn(stage.Properties['RouteSettings'], Properties['RouteKey']),
    )
    expect(routes).toHaveLength(2)
    expect(stage.DependsOn).toEqual(expect.arrayContaining(routes.map(({ id }) => id)))
  })
})

describe("the admin's API", () => {
  test('has the routes of the table, for a few people', () => {
    expect(routesOf(apiId('AdminApi'))).toEqual(
      Object.fromEntries(adminRoutes.map((route) => [route.routeKey, route.function])),
    )
    expect(stageOf(apiId('AdminApi')).Properties['DefaultRouteSettings']).toEqual({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 40,
    })
  })
})

describe('the WebSocket API', () => {
  test('has the routes of the table, chosen by the action', () => {
    expect(routesOf(apiId('Sockets'))).toEqual(webSocketRoutes)
    const api = apis.find(({ id }) => id === apiId('Sockets'))!
    expect(api.Properties['RouteSelectionExpression']).toBe('$request.body.action')
  })

  test('traces no frame, and has a limit', () => {
    expect(stageOf(apiId('Sockets')).Properties['DefaultRouteSettings']).toEqual({
      DataTraceEnabled: false,
      LoggingLevel: 'OFF',
      ThrottlingRateLimit: 1_000,
      ThrottlingBurstLimit: 1_000,
    })
  })

  test('lets in fewer new sockets a second than an account takes', () => {
    const stage = stageOf(apiId('Sockets'))
    expect(stage.Properties['RouteSettings']).toEqual({
      $connect: { ThrottlingRateLimit: 300, ThrottlingBurstLimit: 500 },
    })
    expect(stage.DependsOn).toContainEqual(expect.stringMatching(/connect/))
  })
})

test.each(['Http', 'AdminApi', 'Sockets'] as const)(
  'the access log of %s has nothing that lets anybody in or was said',
  (name) => {
    const { Format } = stageOf(apiId(name)).Properties['AccessLogSettings']
    const fields = Object.values(JSON.parse(Format as string) as Record<string, string>)
    expect(fields.length).toBeGreaterThan(5)
    for (const field of fields) {
      expect(field).not.toMatch(/header|query|path|authorizer|identity|body|protocol|domain/i)
    }
  },
)

test('each function may be called on its own routes alone', () => {
  const sources = resourcesOf(application, 'AWS::Lambda::Permission').map(({ Properties }) => [
    text(Properties['FunctionName']).replace(/Releases(\w+)[0-9A-F]{8}/, '$1'),
    text(Properties['SourceArn']).replace(/^.*execute-api:<AWS::Region>:<AWS::AccountId>:/, ''),
  ])
  const http = `<${apiId('Http')}>`
  const sockets = `<${apiId('Sockets')}>`
  expect(sources.toSorted()).toEqual(
    [
      ['<admin>', `<${apiId('AdminApi')}>/*/*/admin`],
      ['<admin>', `<${apiId('AdminApi')}>/*/*/admin/{proxy+>`],
      ['<api>', `${http}/*/*/api/{proxy+>`],
      ['<api>', `${http}/*/*/api/login`],
      ['<api>', `${http}/*/*/api/register`],
      ['<connect>', `${sockets}/*$connect`],
      ['<disconnect>', `${sockets}/*$disconnect`],
      ['<frame>', `${sockets}/*$default`],
      ['<sendmessage>', `${sockets}/*sendmessage`],
    ].toSorted(),
  )
})

describe("the role of API Gateway's logs", () => {
  test('is kept when the stack goes, and is there before what logs with it', () => {
    const account = the(application, 'AWS::ApiGateway::Account')
    expect(account.DeletionPolicy).toBe('Retain')
    const role = resourcesOf(application, 'AWS::IAM::Role').find(
      ({ id }) => id === account.Properties['CloudWatchRoleArn']['Fn::GetAtt'][0],
    )
    expect(role?.DeletionPolicy).toBe('Retain')
    expect(stageOf(apiId('Sockets')).DependsOn).toContain(account.id)
  })

  test('is left alone where the stage says so', async () => {
    const without = await synthesize('prod', { setsApiGatewayLogRole: false })
    expect(resourcesOf(without.application, 'AWS::ApiGateway::Account')).toEqual([])
  })
})
