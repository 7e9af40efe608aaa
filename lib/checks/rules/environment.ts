import type * as z from 'zod'
import { functionEnvironments } from '../../../functions/env.ts'
import { asChatFunction, variables } from '../chat-function.ts'
import type { Rule, StageToCheck } from '../rule.ts'

/** Lambda sets these variables, and CreateFunction refuses them. */
const reserved = new Set(
  [
    '_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_ACCESS_KEY',
    'AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION',
    'AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME',
    'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API',
    'LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS',
  ].flatMap((names) => names.split(' ')),
)

/** The assumed size of a value that only the deployment knows. The ARN of a secret has 100 to 150 bytes. */
const unknownBytes = 150
const maxBytes = 4096

/** Variables that Node reads. */
const readByOthers = new Set(['NODE_OPTIONS'])

/** Settings that open something that is closed by default. A stage may set them by name, and nothing else may. */
const opening: Readonly<Record<string, (value: string) => boolean>> = {
  DIRECT_ACCESS: (value) => value !== 'closed',
  ALLOWED_ORIGINS: () => true,
  LOG_LEVEL: (value) => value === 'DEBUG',
}

export function environmentRules({ environment = {} }: StageToCheck): readonly Rule[] {
  return [
    {
      id: 'environment-reserved',
      refuses: 'a variable that Lambda sets by itself',
      of: 'AWS::Lambda::Function',
      *check(fn) {
        for (const name of variables(fn).keys()) {
          if (reserved.has(name)) yield `${name} belongs to Lambda: take another name`
        }
      },
    },
    {
      id: 'environment-size',
      refuses: 'an environment over 4 KB',
      of: 'AWS::Lambda::Function',
      *check(fn) {
        const bytes = [...variables(fn)]
          .flat()
          .map((text) => text.replaceAll(/\$\{[^}]*\}/g, 'x'.repeat(unknownBytes)))
          .reduce((sum, text) => sum + Buffer.byteLength(text), 0)
        if (bytes > maxBytes) yield `the environment takes ${bytes} bytes: Lambda takes ${maxBytes}`
      },
    },
    {
      id: 'environment-read',
      refuses: 'a variable that a function reads and does not have, or has and does not read',
      of: 'AWS::Lambda::Function',
      *check(resource) {
        const fn = asChatFunction(resource)
        if (fn === undefined) return
        const fields: Readonly<Record<string, z.ZodType>> = functionEnvironments[fn.name].shape
        const given = variables(resource)
        for (const [name, field] of Object.entries(fields)) {
          const value = given.get(name)
          // A value that only a deployment knows counts as right.
          if (value?.includes('${') === true || field.safeParse(value).success) continue
          yield value === undefined
            ? `${name} is missing, without which ${fn.name} does not start: set it`
            : `${name} is ${JSON.stringify(value)}, with which ${fn.name} does not start: see functions/env.ts`
        }
        for (const name of given.keys()) {
          if (!(name in fields) && !readByOthers.has(name)) {
            yield `${fn.name} does not read ${name}: leave it out, or add it to functions/env.ts`
          }
        }
      },
    },
    {
      id: 'environment-open',
      refuses:
        'a variable that opens access which is closed by default, and that the stage does not ask for; a debugger; an endpoint without TLS',
      of: 'AWS::Lambda::Function',
      *check(fn) {
        for (const [name, value] of variables(fn)) {
          if (opening[name]?.(value) === true && environment[name] !== value) {
            yield `${name} is ${value}, which cdk.json does not say: set it in the stage's environment, or leave it out`
          }
          if (name === 'NODE_OPTIONS' && /--inspect|--insecure/.test(value)) {
            yield `NODE_OPTIONS is ${value}: it opens a debugger or an insecure parser, leave it out`
          }
          if (value.startsWith('http://')) yield `${name} is ${value}: take https`
        }
      },
    },
    {
      id: 'environment-secret',
      refuses: 'a secret in plain text, which everybody who may look at the function can read',
      of: 'AWS::Lambda::Function',
      *check(fn) {
        for (const [name, value] of variables(fn)) {
          if (value.includes('{{resolve:')) {
            yield `${name} would hold the secret itself: give its ARN, and let the function read it`
          }
          const isSecret =
            /SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|PRIVATE|JWT_KEYS|API_?KEY/i.test(name)
          if (isSecret && !name.endsWith('_ARN')) {
            yield `${name} looks like a secret: put it into Secrets Manager, and its ARN into a variable that ends in _ARN`
          }
          if (name.endsWith('_ARN') && !/^(arn:|\$\{)/.test(value)) {
            yield `${name} is ${value}: give an ARN`
          }
        }
      },
    },
  ]
}
