/**
 * The environment of the handlers: names, meanings and defaults, in one place for the CDK app, which
 * sets them, for Lambda, which reads them, and for the local server. Imports nothing heavy.
 */
import { z } from 'zod'
import type { Limits } from '../src/core/context.ts'

const count = (standard: number) => z.coerce.number().int().min(1).max(1_000_000).default(standard)

/** Limits that an installation may set for itself; the defaults fit people and modest programs. */
const limits = z.object({
  FRAMES_PER_MINUTE: count(120),
  MESSAGES_PER_MINUTE: count(240),
  LOGINS_PER_MINUTE_AND_ADDRESS: count(30),
  LOGINS_PER_TEN_MINUTES_AND_ACCOUNT: count(10),
  REGISTRATIONS_PER_HOUR_AND_ADDRESS: count(60),
  REFRESHES_PER_MINUTE_AND_ADDRESS: count(120),
  CONNECTIONS_PER_USER: count(50),
})

const jwtKey = z.object({ kid: z.string().min(1), secret: z.string().min(32) })

/** `{"keys":[{"kid":"…","secret":"…"}]}`; the first key signs, all verify. */
const jwtKeys = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(z.object({ keys: z.tuple([jwtKey], jwtKey) }))
  .transform(({ keys }) => keys)

/** Comma-separated origins, such as `https://chat.example.org`. Empty: the origin has to be the host itself. */
const origins = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((origin) => origin.trim().replace(/\/$/, '')))
  .transform((list) => list.filter((origin) => origin !== ''))

const handlerEnvironment = z.object({
  JWT_KEYS: jwtKeys,
  ALLOWED_ORIGINS: origins,
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
  DATABASE_ARN: z.string().min(1),
  DATABASE_SECRET_ARN: z.string().min(1),
  DATABASE_NAME: z.string().min(1),
  FAN_OUT_QUEUE_URL: z.url(),
})

export type HandlerConfig = Readonly<z.infer<typeof handlerEnvironment>>
type Environment = Readonly<Record<string, string | undefined>>

/** What a Lambda function is configured with; throws with the names of what is missing or wrong. */
export function readConfig(environment: Environment): HandlerConfig {
  return read(handlerEnvironment, environment)
}

export function readLimits(environment: Environment): Limits {
  const config = read(limits, environment)
  return {
    frames: { count: config.FRAMES_PER_MINUTE, seconds: 60 },
    sends: { count: config.MESSAGES_PER_MINUTE, seconds: 60 },
    loginsPerAddress: { count: config.LOGINS_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    loginsPerAccount: { count: config.LOGINS_PER_TEN_MINUTES_AND_ACCOUNT, seconds: 600 },
    registrations: { count: config.REGISTRATIONS_PER_HOUR_AND_ADDRESS, seconds: 3_600 },
    refreshes: { count: config.REFRESHES_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    connectionsPerUser: config.CONNECTIONS_PER_USER,
  }
}

function read<T>(schema: z.ZodType<T>, environment: Environment): Readonly<T> {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const result = schema.safeParse(Object.fromEntries(set))
  if (result.success) return Object.freeze(result.data)
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`the environment is not right: ${issues.join('; ')}`)
}
