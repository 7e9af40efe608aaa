import type { Condition, Statement } from './statement.ts'

export interface AccessRequest {
  /** Such as `sqs:SendMessage`. */
  readonly action: string
  readonly resource: string
  /** Condition keys and their values. A condition on a missing key is not met. */
  readonly context?: Readonly<Record<string, string>>
}

/**
 * Whether the policies of an identity allow a request, as IAM decides it: an explicit deny wins, and what nothing
 * allows is denied.
 */
export function isAllowed(statements: readonly Statement[], request: AccessRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request))
  return (
    applying.some(({ effect }) => effect === 'Allow') &&
    applying.every(({ effect }) => effect !== 'Deny')
  )
}

function applies(statement: Statement, { action, resource, context = {} }: AccessRequest): boolean {
  return (
    statement.actions.some((pattern) => matches(pattern, action, 'i')) &&
    statement.resources.some((pattern) => matches(pattern, resource)) &&
    statement.conditions.every((condition) => isMet(condition, context))
  )
}

function isMet({ operator, key, values }: Condition, context: Readonly<Record<string, string>>) {
  const actual = Object.entries(context).find(
    ([name]) => name.toLowerCase() === key.toLowerCase(),
  )?.[1]
  if (actual === undefined) return false
  switch (operator) {
    case 'StringEquals':
      return values.includes(actual)
    case 'Bool':
      return values.some((value) => value.toLowerCase() === actual.toLowerCase())
    case 'StringLike':
    case 'ArnEquals':
    case 'ArnLike':
      return values.some((value) => matches(value, actual))
  }
}

/** IAM's wildcards: `*` matches any text, `?` any character. */
export function matches(pattern: string, text: string, flags = ''): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, `s${flags}`).test(text)
}
