import * as z from 'zod'
import { nameComponents } from './components.ts'

export type Json = Readonly<Record<string, unknown>>

/** The part of JSON Schema that our schemas use. */
export type JsonSchema = Readonly<{
  $ref?: string
  type?: string | readonly string[]
  description?: string
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly JsonSchema[]
  oneOf?: readonly JsonSchema[]
  items?: JsonSchema
  properties?: Readonly<Record<string, JsonSchema>>
  required?: readonly string[]
  additionalProperties?: JsonSchema
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}>

/** OpenAPI 3.1 uses the current JSON Schema. All AsyncAPI parsers support only the older draft 7. */
type Target = 'draft-2020-12' | 'draft-7'

/** Writes schemas as JSON Schema. Named schemas go to `components`, and others refer to them. */
export function createSchemaWriter(target: Target) {
  nameComponents()
  const components: Record<string, JsonSchema> = {}

  function write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const written = z.toJSONSchema(schema, {
      target,
      io,
      override: ({ jsonSchema }) => tidy(jsonSchema),
    })
    const { $schema: _, $defs, definitions, ...own } = referToComponents(written)
    for (const [name, component] of Object.entries({ ...$defs, ...definitions })) {
      keep(name, component)
    }
    return own
  }

  function keep(name: string, component: JsonSchema): void {
    const present = components[name]
    if (present !== undefined && JSON.stringify(present) !== JSON.stringify(component)) {
      throw new Error(`${name} differs between requests and answers: give each its own name`)
    }
    components[name] = component
  }

  return { write, components }
}

export type SchemaWriter = ReturnType<typeof createSchemaWriter>

type Written = JsonSchema & {
  readonly $schema?: string
  readonly $defs?: Record<string, JsonSchema>
  readonly definitions?: Record<string, JsonSchema>
}

function referToComponents(schema: object): Written {
  const text = JSON.stringify(schema)
  return JSON.parse(text.replaceAll(/"#\/(?:\$defs|definitions)\//g, '"#/components/schemas/'))
}

function tidy(schema: Record<string, unknown>): void {
  // A client ignores what it does not know [W4].
  if (schema['additionalProperties'] === false) delete schema['additionalProperties']
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum']
  // The pattern of the digits of a number, and patterns that `format` already expresses.
  if (schema['type'] === 'integer' || 'format' in schema) delete schema['pattern']
}
