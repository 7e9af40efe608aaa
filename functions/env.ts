/**
 * The environment variables of the functions: names, meanings and defaults. The CDK app sets them, and the Lambda
 * functions and the local server read them. This module imports nothing heavy.
 */
import * as z from 'zod'
import type { Limits } from '../src/core/context.ts'
import { origins } from './origins.ts'
import type { FunctionName } from './routes.ts'

const count = (standard: number) => z.coerce.number().int().min(1).max(1_000_000).default(standard)
const arn = z.string().startsWith('arn:')

/** Limits that an installation can set. The defaults suit people and modest programs. */
export const limitSettings = z.object({
  REQUESTS_PER_MINUTE: count(600),
  REQUESTS_PER_MINUTE_AND_ADDRESS: count(300),
  REQUESTS_AT_ONCE: count(4),
  FRAMES_PER_MINUTE: count(120),
  REPLAYED_EVENTS_PER_MINUTE: count(5_000),
  CONNECTS_PER_MINUTE: count(120),
  MESSAGES_PER_MINUTE: count(240),
  REPEATS_PER_MINUTE: count(30),
  ROOMS_PER_HOUR: count(240),
  ROOM_CHANGES_PER_MINUTE: count(30),
  JOINS_PER_MINUTE: count(60),
  MEMBER_CHANGES_PER_HOUR: count(300),
  SETTINGS_PER_MINUTE: count(60),
  REPORTS_PER_HOUR: count(30),
  EXPORT_PAGES_PER_MINUTE: count(60),
  SEARCHES_PER_MINUTE: count(60),
  /** The gateway waits 29 s for a handler. */
  MILLISECONDS_PER_SEARCH: z.coerce.number().int().min(1).max(20_000).default(2_000),
  LOGINS_PER_MINUTE_AND_ADDRESS: count(30),
  LOGINS_PER_TEN_MINUTES_AND_ACCOUNT: count(10),
  CODES_PER_HOUR_AND_ACCOUNT: count(10),
  REGISTRATIONS_PER_HOUR_AND_ADDRESS: count(60),
  REFRESHES_PER_MINUTE_AND_ADDRESS: count(120),
  CONNECTIONS_PER_USER: count(50),
  ROOMS_PER_USER: count(1_000),
  ROOMS_MADE_PER_USER: count(200),
  DIRECT_CHATS_PER_USER: count(2_000),
})

const logged = {
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
}

const measured = {
  /** The CloudWatch namespace of the metrics, and their only dimension. */
  POWERTOOLS_METRICS_NAMESPACE: z.string().min(1),
  POWERTOOLS_SERVICE_NAME: z.string().min(1),
}

const database = {
  DATABASE_ARN: arn,
  DATABASE_SECRET_ARN: arn,
  DATABASE_NAME: z.string().min(1),
}

/** For functions that send to connections. */
const sending = {
  ...logged,
  ...measured,
  ...database,
  /**
   * How long a call waits for a database that resumes, before it is answered with `resuming`. Where the database
   * may pause, the stacks set less, because a waiting call uses one of the account's concurrent executions.
   */
  DATABASE_RESUME_WAIT_MS: z.coerce.number().int().min(0).max(25_000).default(25_000),
  /**
   * The URL of the WebSocket API's stage. The SDK reads it by itself. Here it is checked, so that its absence
   * fails at once.
   */
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: z.url(),
}

/** For functions that publish to rooms. */
const chat = {
  ...sending,
  ...limitSettings.shape,
  FAN_OUT_QUEUE_URL: z.url(),
}

/** For functions that are called through CloudFront. */
const behindCdn = {
  /** The secret that CloudFront sends as x-origin-secret. */
  ORIGIN_SECRET_ARN: arn,
  /** Whether requests without that secret are served. */
  DIRECT_ACCESS: z.enum(['closed', 'open']).default('closed'),
}

const signedIn = {
  /** `{"keys":[{"kid":"…","secret":"…"}]}`. The first key signs, and all keys verify. */
  JWT_KEYS_SECRET_ARN: arn,
}

/**
 * Whether admins need a second factor [A8]. With `required`, an admin without one has to set it up before anything
 * else.
 */
export const adminTotp = z.enum(['optional', 'required']).default('optional')

/** The variables that each function reads. The CDK app sets no others for it. */
export const functionEnvironments = {
  api: z.object({ ...chat, ...behindCdn, ...signedIn, ALLOWED_ORIGINS: origins }),
  admin: z.object({
    ...chat,
    ...behindCdn,
    /** The URL of the chat's page. The links that an admin makes for users lead there. */
    CHAT_URL: z.url(),
    ADMIN_TOTP: adminTotp,
  }),
  connect: z.object({ ...chat, ...behindCdn, ...signedIn, ALLOWED_ORIGINS: origins }),
  disconnect: z.object(sending),
  sendmessage: z.object(chat),
  frame: z.object(chat),
  'fan-out': z.object(sending),
  migrate: z.object({
    ...logged,
    /** Here DATABASE_SECRET_ARN is the secret of the database's owner. */
    ...database,
    /** `{"username", "password"}` of the database role of the handlers. The migration makes the role from it. */
    APP_SECRET_ARN: arn,
  }),
  // Its event from Secrets Manager has everything that it needs.
  'rotate-jwt-keys': z.object({}),
} as const satisfies Record<FunctionName, z.ZodObject>

/** The variables that a stage on AWS can set. Each is set for every function that reads it. */
export const stageEnvironment = z.strictObject({
  ...limitSettings.shape,
  ...logged,
  DIRECT_ACCESS: behindCdn.DIRECT_ACCESS,
  ADMIN_TOTP: adminTotp,
  ALLOWED_ORIGINS: origins,
})

/** The environment of a function, after parsing. */
export type FunctionConfig<Name extends FunctionName> = Readonly<
  z.output<(typeof functionEnvironments)[Name]>
>

/** The names of the variables that a function reads. */
export type EnvironmentName<Name extends FunctionName = FunctionName> = {
  [Each in Name]: keyof z.input<(typeof functionEnvironments)[Each]>
}[Name]

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads the configuration of a function. Throws an error that names each missing or wrong variable. */
export function readConfig<T>(schema: z.ZodType<T>, environment: Environment): Readonly<T> {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const result = schema.safeParse(Object.fromEntries(set))
  if (result.success) return Object.freeze(result.data)
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`these environment variables are wrong: ${issues.join('; ')}`)
}

export function readLimits(environment: Environment): Limits {
  return toLimits(readConfig(limitSettings, environment))
}

export function toLimits(config: Readonly<z.output<typeof limitSettings>>): Limits {
  return {
    requests: { count: config.REQUESTS_PER_MINUTE, seconds: 60 },
    requestsPerAddress: { count: config.REQUESTS_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    requestsAtOnce: config.REQUESTS_AT_ONCE,
    frames: { count: config.FRAMES_PER_MINUTE, seconds: 60 },
    replayedEvents: { count: config.REPLAYED_EVENTS_PER_MINUTE, seconds: 60 },
    connects: { count: config.CONNECTS_PER_MINUTE, seconds: 60 },
    sends: { count: config.MESSAGES_PER_MINUTE, seconds: 60 },
    repeats: { count: config.REPEATS_PER_MINUTE, seconds: 60 },
    rooms: { count: config.ROOMS_PER_HOUR, seconds: 3_600 },
    roomChanges: { count: config.ROOM_CHANGES_PER_MINUTE, seconds: 60 },
    joins: { count: config.JOINS_PER_MINUTE, seconds: 60 },
    memberChanges: { count: config.MEMBER_CHANGES_PER_HOUR, seconds: 3_600 },
    settings: { count: config.SETTINGS_PER_MINUTE, seconds: 60 },
    reports: { count: config.REPORTS_PER_HOUR, seconds: 3_600 },
    exports: { count: config.EXPORT_PAGES_PER_MINUTE, seconds: 60 },
    searches: { count: config.SEARCHES_PER_MINUTE, seconds: 60 },
    searchMs: config.MILLISECONDS_PER_SEARCH,
    loginsPerAddress: { count: config.LOGINS_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    loginsPerAccount: { count: config.LOGINS_PER_TEN_MINUTES_AND_ACCOUNT, seconds: 600 },
    codesPerAccount: { count: config.CODES_PER_HOUR_AND_ACCOUNT, seconds: 3_600 },
    registrations: { count: config.REGISTRATIONS_PER_HOUR_AND_ADDRESS, seconds: 3_600 },
    refreshes: { count: config.REFRESHES_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    connectionsPerUser: config.CONNECTIONS_PER_USER,
    roomsPerUser: config.ROOMS_PER_USER,
    roomsMadePerUser: config.ROOMS_MADE_PER_USER,
    directChatsPerUser: config.DIRECT_CHATS_PER_USER,
  }
}
