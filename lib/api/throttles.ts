import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import { httpRoutes } from '../../functions/routes.ts'

/**
 * An account has 10,000 requests per second in a Region, and pushes to sockets count among them. All incoming requests
 * together get a fifth of that. So they cannot use up the share of the pushes: each incoming message causes many
 * pushes.
 */
export const throttles = {
  http: { rateLimit: 1_000, burstLimit: 1_000 },
  webSocket: { rateLimit: 1_000, burstLimit: 1_000 },
  /** Few people use the admin's pages. */
  admin: { rateLimit: 20, burstLimit: 40 },
} satisfies Record<string, ThrottleSettings>

/**
 * Each of these requests hashes a password, which takes a vCPU a quarter of a second. The limits per address are
 * checked after this throttle.
 */
const passwords: ThrottleSettings = { rateLimit: 20, burstLimit: 40 }

/** An account accepts 500 new sockets per second, over all of its APIs. A refused client tries again a little later. */
export const socketRouteThrottles: Readonly<Record<string, ThrottleSettings>> = {
  $connect: { rateLimit: 300, burstLimit: 500 },
}

/** The routes that are listed beside the catch-all route. Their handlers hash passwords. */
export const routeThrottles = Object.fromEntries(
  httpRoutes
    .filter(({ routeKey }) => !routeKey.endsWith('{proxy+}'))
    .map(({ routeKey }) => [routeKey, passwords]),
)

/** Returns limits of routes in the form that CloudFormation takes. */
export function toRouteSettings(limits: Readonly<Record<string, ThrottleSettings>>) {
  return Object.fromEntries(
    Object.entries(limits).map(([routeKey, { rateLimit, burstLimit }]) => [
      routeKey,
      { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
    ]),
  )
}
