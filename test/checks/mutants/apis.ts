import type { Draft, Resource } from '../draft.ts'
import { mutant } from './mutant.ts'

const api = 'AWS::ApiGatewayV2::Api'
const stage = 'AWS::ApiGatewayV2::Stage'
const route = 'AWS::ApiGatewayV2::Route'
const integration = 'AWS::ApiGatewayV2::Integration'
const permission = 'AWS::Lambda::Permission'

const speaks = (protocol: string) => (it: Resource) => it.Properties['ProtocolType'] === protocol
const hasKey = (key: string) => (it: Resource) => it.Properties['RouteKey'] === key
const hasPayload2 = (it: Resource) => it.Properties['PayloadFormatVersion'] === '2.0'
const isHttpStage = (it: Resource) => it.Properties['StageName'] === '$default'
const isSocketStage = (it: Resource) => it.Properties['StageName'] !== '$default'
const isOfGateway = (it: Resource) => it.Properties['Principal'] === 'apigateway.amazonaws.com'

function logged(draft: Draft, field: string): void {
  const settings = draft.the(stage, isHttpStage).Properties['AccessLogSettings']
  settings.Format = settings.Format.replace('{', `{"more":"${field}",`)
}

export const apiMutants = [
  mutant('a ProtocolType that does not exist', 'api-protocol', (draft) => {
    draft.the(api).Properties['ProtocolType'] = 'WEBSOCKETS'
  }),
  mutant('a WebSocket API without RouteSelectionExpression', 'api-route-selection', (draft) => {
    delete draft.the(api, speaks('WEBSOCKET')).Properties['RouteSelectionExpression']
  }),
  mutant('CORS that API Gateway answers', 'api-cors', (draft) => {
    draft.the(api, speaks('HTTP')).Properties['CorsConfiguration'] = {
      AllowOrigins: ['https://chat.example.org'],
    }
  }),
  mutant('a StageName with a slash', 'stage-name', (draft) => {
    draft.the(stage, isSocketStage).Properties['StageName'] = 'live/v1'
  }),
  mutant('two routes with one key', 'route-repeated', (draft) => {
    draft.the(route, hasKey('sendmessage')).Properties['RouteKey'] = '$default'
  }),
  mutant('a route without an integration', 'route-target', (draft) => {
    delete draft.the(route, hasKey('$connect')).Properties['Target']
  }),
  mutant('a route to an integration that does not exist', 'route-target', (draft) => {
    draft.the(route, hasKey('$connect')).Properties['Target'] = 'integrations/abcdefg'
  }),
  mutant('a route that is missing', 'route-missing', (draft) =>
    draft.remove(route, hasKey('sendmessage')),
  ),
  mutant('a route to another function', 'route-missing', (draft) => {
    const { Target } = draft.the(route, hasKey('$default')).Properties
    draft.the(route, hasKey('sendmessage')).Properties['Target'] = Target
  }),
  mutant('a route that ends in a slash', 'route-key', (draft) => {
    draft.the(route, hasKey('POST /api/login')).Properties['RouteKey'] = 'POST /api/login/'
  }),
  mutant('an integration that waits longer than API Gateway', 'integration-timeout', (draft) => {
    draft.the(integration).Properties['TimeoutInMillis'] = 31_000
  }),
  mutant('a payload of the older format', 'integration-function', (draft) => {
    draft.the(integration, hasPayload2).Properties['PayloadFormatVersion'] = '1.0'
  }),
  mutant(
    'API Gateway may not call a function of the HTTP API',
    'integration-permission',
    (draft) => {
      draft.remove(permission, (it) => isOfGateway(it) && JSON.stringify(it).includes('/*/*/api/'))
    },
  ),
  mutant(
    'API Gateway may not call a function of the WebSocket API',
    'integration-permission',
    (draft) => {
      draft.remove(permission, (it) => isOfGateway(it) && JSON.stringify(it).includes('$connect'))
    },
  ),
  mutant('a permission for another API', 'integration-permission', (draft) => {
    const [socketApi, httpApi] = ['WEBSOCKET', 'HTTP'].map((it) => draft.idOf(api, speaks(it)))
    const found = draft.the(permission, (it) => JSON.stringify(it).includes('$connect'))
    found.Properties = JSON.parse(
      JSON.stringify(found.Properties).replace(`"${socketApi}"`, `"${httpApi}"`),
    )
  }),
  mutant('a permission for every API', 'permission-source', (draft) => {
    delete draft.the(permission, isOfGateway).Properties['SourceArn']
  }),
  mutant('a token in the access log', 'access-log-format', (draft) =>
    logged(draft, '$request.header.authorization'),
  ),
  mutant('a query in the access log', 'access-log-format', (draft) =>
    logged(draft, '$request.querystring'),
  ),
  mutant('a stage without an access log', undefined, (draft) => {
    delete draft.the(stage).Properties['AccessLogSettings']
  }),
  mutant('an access log into a group that does not exist', 'access-log-group', (draft) => {
    draft.the(stage).Properties['AccessLogSettings'].DestinationArn =
      'arn:aws:logs:eu-west-1:111122223333:log-group:elsewhere'
  }),
  mutant('frames in the execution log', 'stage-data-trace', (draft) => {
    draft.the(stage, isSocketStage).Properties['DefaultRouteSettings'].DataTraceEnabled = true
  }),
  mutant('a stage without a limit of its own', 'stage-throttle', (draft) => {
    delete draft.the(stage, isHttpStage).Properties['DefaultRouteSettings'].ThrottlingRateLimit
  }),
  mutant('settings of a route that does not exist', 'stage-route-settings', (draft) => {
    draft.the(stage, isHttpStage).Properties['RouteSettings']['POST /api/logon'] = {
      ThrottlingRateLimit: 1,
      ThrottlingBurstLimit: 1,
    }
  }),
  mutant(
    'a stage that does not wait for the routes that it has settings of',
    'stage-route-settings',
    (draft) => {
      delete draft.the(stage, isHttpStage).DependsOn
    },
  ),
  mutant('a stage that nobody deploys', 'stage-deploys', (draft) => {
    delete draft.the(stage, isSocketStage).Properties['AutoDeploy']
  }),
]
