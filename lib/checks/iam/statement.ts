import * as z from 'zod'

/** A statement of an identity's policy, with texts as values. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  /** Such as `sqs:SendMessage`. They may contain `*` and `?`. */
  readonly actions: readonly string[]
  /** ARNs. They may contain `*` and `?`. */
  readonly resources: readonly string[]
  readonly conditions: readonly Condition[]
}

export interface Condition {
  readonly operator: (typeof operators)[number]
  readonly key: string
  readonly values: readonly string[]
}

const operators = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike', 'Bool'] as const

const oneOrMore = z
  .unknown()
  .refine((value) => value !== undefined, 'is missing')
  .transform((value): unknown[] => (Array.isArray(value) ? value : [value]))

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.pipe(z.array(z.string()).min(1)),
  Resource: oneOrMore,
  Condition: z.partialRecord(z.enum(operators), z.record(z.string(), oneOrMore)).default({}),
})

/** The forms that the CDK writes. NotAction, NotResource and other operators are refused, not ignored. */
const documentSchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: oneOrMore.pipe(z.array(statementSchema)),
})

export class UnsupportedPolicy extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnsupportedPolicy'
  }
}

/**
 * Reads a policy document. `toText` resolves its values to concrete ARNs, or to other texts that can be compared.
 * Throws for a form that the evaluation does not know, so that it never allows too much or too little.
 */
export function readPolicy(document: unknown, toText: (value: unknown) => string): Statement[] {
  const parsed = documentSchema.safeParse(document)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new UnsupportedPolicy(`a policy that cannot be evaluated: ${issues.join('; ')}`)
  }
  return parsed.data.Statement.map(({ Effect, Action, Resource, Condition }) => ({
    effect: Effect,
    actions: Action,
    resources: Resource.map((resource) => withoutVariables(toText(resource))),
    conditions: operators.flatMap((operator) =>
      Object.entries(Condition[operator] ?? {}).map(([key, values]) => ({
        operator,
        key,
        values: values.map(toText),
      })),
    ),
  }))
}

function withoutVariables(resource: string): string {
  if (!/\$\{(aws|[a-z]+):/.test(resource)) return resource
  throw new UnsupportedPolicy(`a policy variable that cannot be evaluated: ${resource}`)
}
