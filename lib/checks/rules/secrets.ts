import * as z from 'zod'
import type { Resource } from '../assembly.ts'
import { chatFunctions, find } from '../chat-function.ts'
import type { Rule } from '../rule.ts'

/**
 * The form that the readers of a generated secret expect, by the variable that names the secret: the generated field
 * (none for a plain text), and the fields beside it.
 */
const forms: Readonly<Record<string, { readonly generated?: string; readonly beside: string[] }>> =
  {
    APP_SECRET_ARN: { generated: 'password', beside: ['username'] },
    JWT_KEYS_SECRET_ARN: { generated: 'secret', beside: ['kid'] },
    ORIGIN_SECRET_ARN: { beside: [] },
  }

export const secretRules: readonly Rule[] = [
  {
    id: 'secret-form',
    refuses: 'a generated secret that its readers cannot read, or that can be guessed',
    of: 'assembly',
    *checkAll(assembly) {
      const seen = new Set<Resource>()
      for (const { resource: fn } of chatFunctions(assembly)) {
        for (const [name, form] of Object.entries(forms)) {
          const arn = fn.text('Environment', 'Variables', name)
          const secret =
            arn === undefined ? undefined : find('AWS::SecretsManager::Secret', arn, assembly)
          if (secret === undefined || seen.has(secret)) continue
          seen.add(secret)
          for (const message of wrongs(secret, form)) yield [secret, message]
        }
      }
    },
  },
]

function* wrongs(secret: Resource, form: (typeof forms)[string]): Iterable<string> {
  const key = secret.text('GenerateSecretString', 'GenerateStringKey')
  if (key !== form.generated) {
    yield `GenerateStringKey is ${key ?? 'not set'}: its readers expect ${form.generated ?? 'a plain text'}`
  }
  const template = secret.text('GenerateSecretString', 'SecretStringTemplate')
  const fields = template === undefined ? [] : fieldsOf(template)
  if (fields?.toSorted().join() !== form.beside.toSorted().join()) {
    yield `SecretStringTemplate is ${template ?? 'not set'}: its readers expect ${
      form.beside.length === 0 ? 'none' : `an object with ${form.beside.join(' and ')}`
    }`
  }
  const length = secret.number('GenerateSecretString', 'PasswordLength') ?? 32
  if (length < 32) yield `PasswordLength is ${length}: take 32 or more`
  // The value is used in a header and as a role's password.
  if (secret.flag('GenerateSecretString', 'ExcludePunctuation') !== true) {
    yield 'ExcludePunctuation is off: a header does not take every character, so set it'
  }
}

function fieldsOf(template: string): string[] | undefined {
  try {
    return Object.keys(z.looseObject({}).parse(JSON.parse(template)))
  } catch {
    return undefined
  }
}
