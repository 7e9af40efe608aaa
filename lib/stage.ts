import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as z from 'zod'
import { stageEnvironment } from '../functions/env.ts'

/** Aurora's capacity has steps of 0.5. At 0 the database may pause. */
const capacity = z.number().min(0).max(256).multipleOf(0.5)

const hostName = z.string().regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'has to be a host name')

const domain = z.strictObject({
  name: hostName,
  /** The host name of the admin's distribution. */
  adminName: hostName,
  hostedZoneId: z.string().regex(/^Z[A-Z0-9]+$/, 'has to be the id of a hosted zone'),
  hostedZoneName: hostName,
})

const settings = z.strictObject({
  /** Such as `eu-central-1`. Without it the stacks go to the AWS CLI's default Region. */
  region: z.string().optional(),
  /** The stage's own host names, in a hosted zone of Route 53. Without them CloudFront chooses the names. */
  domain: domain.optional(),
  /** Whether a WAF stands in front of CloudFront. */
  hasFirewall: z.boolean().default(false),
  database: z.strictObject({
    /** In ACU, each of about 2 GiB of memory. From 0.5 on the database never pauses. */
    minCapacity: capacity,
    maxCapacity: capacity.min(1),
    /** Whether there is a second instance in another zone, which takes over within a minute. */
    hasReader: z.boolean(),
    backupDays: z.int().min(1).max(35),
    /**
     * The version of Aurora PostgreSQL to create, such as `17.7`. RDS upgrades a cluster to newer minor versions by
     * itself. A snapshot needs at least the version of the cluster that it was taken from.
     */
    engineVersion: z
      .string()
      .regex(/^17\.\d+$/, 'must be a version of PostgreSQL 17, such as 17.7'),
    /**
     * The ARN of a snapshot to create the database from. Keep this setting afterwards: without it, an empty database
     * replaces the restored one.
     */
    snapshot: z.string().startsWith('arn:').optional(),
  }),
  /**
   * While this is on, neither the database nor a stack can be deleted. It does not decide what stays after a removal:
   * `keepsData` does.
   */
  isProtected: z.boolean(),
  /** Whether a last snapshot of the database and the logs stay when the stage is removed. */
  keepsData: z.boolean(),
  logDays: z.enum(RetentionDays),
  /** Environment variables of the handlers, by the names of functions/env.ts, which also defines the allowed values. */
  environment: z
    .record(z.string(), z.union([z.string(), z.number()]).transform(String))
    .default({})
    .superRefine((given, context) => {
      const { error } = stageEnvironment.safeParse(given)
      for (const { path, message } of error?.issues ?? []) {
        context.addIssue({ code: 'custom', path, message })
      }
    }),
  /**
   * The id of the version of the origin secret that CloudFront sends. Without it CloudFront sends the version that was
   * current when its distribution was last changed. A new id makes a deploy change it.
   */
  originSecretVersion: z.string().min(32).max(64).optional(),
  /**
   * The id of the version of the handlers' database secret. A new id makes the next deploy give the role that version's
   * password.
   */
  appSecretVersion: z.string().min(32).max(64).optional(),
  /**
   * Whether a release comes to some calls first, and to all calls ten minutes later. Errors of the release reverse it.
   */
  releasesGradually: z.boolean().default(false),
  /** Whether X-Ray traces some of the calls, or none. */
  tracing: z.enum(['off', 'sampled']).default('off'),
  /** Each alarm costs money per metric and month. */
  hasAlarms: z.boolean(),
  hasDashboard: z.boolean(),
  /** The account's quota of concurrent executions in this Region. An alarm fires at 80 % of it. */
  concurrencyQuota: z.int().min(10).default(1_000),
  /** In US dollars. The alarms' topic gets a notice when a month is expected to cost more. */
  monthlyBudget: z.number().positive().optional(),
  /** The address that gets the alarms. */
  alarmEmail: z.email().optional(),
  /** Whether this stack sets the account's role for API Gateway's logs. An account has one per Region. */
  setsApiGatewayLogRole: z.boolean().default(true),
})

export type Domain = Readonly<z.infer<typeof domain>>

export type StageSettings = Readonly<z.infer<typeof settings>> & { readonly name: string }

/**
 * Reads the settings of the stage to deploy from the context of cdk.json: `stages` has the settings of each stage, and
 * `stage` (`-c stage=prod`) is the name of one.
 */
export function readStage(getContext: (key: string) => unknown): StageSettings {
  const stages = z
    .record(z.string().regex(/^[a-z][a-z0-9]{0,15}$/), z.unknown())
    .safeParse(getContext('stages'))
  if (!stages.success) throw wrong('stages', stages.error)
  const name = getContext('stage') ?? 'dev'
  if (typeof name !== 'string' || !Object.hasOwn(stages.data, name)) {
    const known = Object.keys(stages.data).join(', ')
    throw new Error(
      `the stage ${JSON.stringify(name)} is not in cdk.json: give -c stage=<${known}>`,
    )
  }
  const stage = settings.safeParse(stages.data[name])
  if (!stage.success) throw wrong(`stages.${name}`, stage.error)
  if (stage.data.isProtected && !stage.data.keepsData) {
    throw new Error(
      `cdk.json is wrong: stages.${name}.keepsData: must be true while isProtected is true. Set isProtected to false first`,
    )
  }
  for (const setting of ['alarmEmail', 'monthlyBudget'] as const) {
    if (stage.data[setting] !== undefined && !stage.data.hasAlarms) {
      throw new Error(
        `cdk.json is wrong: stages.${name}.${setting}: needs the alarms' topic. Set hasAlarms to true, or remove ${setting}`,
      )
    }
  }
  if (needsEdgeStack(stage.data) && stage.data.region === undefined) {
    throw new Error(
      `cdk.json is wrong: stages.${name}.region: is required with a domain or a firewall. Their stack is in us-east-1, and refers to the other stacks by their Region`,
    )
  }
  return { name, ...stage.data }
}

/** Whether the stage has something that must be in us-east-1. */
export function needsEdgeStack(stage: Pick<StageSettings, 'domain' | 'hasFirewall'>): boolean {
  return stage.domain !== undefined || stage.hasFirewall
}

function wrong(where: string, error: z.ZodError): Error {
  const issues = error.issues.map(
    ({ path, message }) => `${[where, ...path].join('.')}: ${message}`,
  )
  return new Error(`cdk.json is wrong: ${issues.join('; ')}`)
}
