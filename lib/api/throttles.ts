import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import { httpRoutes } from '../../functions/routes.ts'

/**
 * An account has 10,000 requests a second in a Region, pushes to sockets among them. What comes in gets
 * a fifth of it together, so that it cannot take the pushes' share: each message in is many out.
 */
export const throttles = {
  http: { rateLimit: 1_000, burstLimit: 1_000 },
  webSocket: { rateLimit: 1_000, burstLimit: 1_000 },
  /** A few people, who click. */
  admin: { rateLimit: 20, burstLimit: 40 },
} satisfies Record<string, ThrottleSettings>

/** Each of these hashes a password, a quarter of a second of a vCPU; the limits per address come after it. */
const passwords: ThrottleSettings = { rateLimit: 20, burstLimit: 40 }

/** An account takes 500 new sockets a second, of all its APIs. Whoever is turned away comes back a little later. */
export const socketRouteThrottles: Readonly<Record<string, ThrottleSettings>> = {
  $connect: { rateLimit: 300, burstLimit: 500 },
}

/** The routes that are apart from the one that takes everything. */
export const routeThrottles = Object.fromEntries(
  httpRoutes
    .filter(({ routeKey }) => !routeKey.endsWith('{proxy+}'))
    .map(({ routeKey }) => [routeKey, passwords]),
)

/** Limits of routes, as CloudFormation has them. */
export function toRouteSettings(limits: Readonly<Record<string, ThrottleSettings>>) {
  return Object.fromEntries(
    Object.entries(limits).map(([routeKey, { rateLimit, burstLimit }]) => [
      routeKey,
      { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
    ]),
  )
}
