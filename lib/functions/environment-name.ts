import type { HandlerConfig } from '../../functions/env.ts'

export type EnvironmentName =
  | keyof HandlerConfig
  | 'APP_SECRET_ARN'
  | 'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI'
  | 'JWT_KEYS_SECRET_ARN'
  | 'ORIGIN_SECRET_ARN'
  | 'POWERTOOLS_METRICS_NAMESPACE'
  | 'POWERTOOLS_SERVICE_NAME'
