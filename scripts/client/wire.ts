/**
 * Writes src/client/wire.ts: the types of the wire, from the same schemas as the OpenAPI and AsyncAPI documents. The
 * client library uses these types, so it needs no zod, not even for its declarations.
 *
 *   node scripts/client/wire.ts
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import type * as z from 'zod'
import {
  createSchemaWriter,
  type JsonSchema,
  type SchemaWriter,
} from '../../src/protocol/documents/json-schema.ts'
import { problem } from '../../src/protocol/errors.ts'
import * as limits from '../../src/protocol/limits.ts'
import { operations } from '../../src/protocol/operations/index.ts'
import type { Operation } from '../../src/protocol/operations/operation.ts'
import { clientFrame, durableEvent, otherEvent, protocolV1 } from '../../src/protocol/socket.ts'

export const wireFile = fileURLToPath(new URL('../../src/client/wire.ts', import.meta.url))

/** Numbers of the contract that the library uses. */
const constants = {
  protocolV1,
  frameInMaxBytes: limits.frameInMaxBytes,
  headsMaxRooms: limits.headsMaxRooms,
  helloMaxRooms: limits.helloMaxRooms,
  previewMaxCodePoints: limits.previewMaxCodePoints,
  unreadMax: limits.unreadMax,
}

/** Returns the text of src/client/wire.ts. */
export async function renderWire(): Promise<string> {
  const writer = createSchemaWriter('draft-2020-12')
  const table = Object.entries(operations).toSorted(([, a], [, b]) =>
    keyOf(a) < keyOf(b) ? -1 : 1,
  )
  const events = [
    ['DurableEvent', writer.write(durableEvent, 'output')],
    ['OtherEvent', writer.write(otherEvent, 'output')],
    ['ClientFrame', writer.write(clientFrame, 'input')],
  ] as const
  writer.write(problem, 'output')
  const rows = table.map(
    ([name, operation]) => `
      /** \`${name}\` [${operation.rule}]: ${operation.summary} */
      '${operation.method} ${operation.path}': ${typeOfOperation(writer, operation)}`,
  )
  const named = Object.entries(writer.components).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = `
    /**
     * The types of the wire. scripts/client/wire.ts writes this file from the schemas of
     * src/protocol: do not edit it.
     */
    ${Object.entries(constants)
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
      .join('\n')}

    ${[...named, ...events].map(([name, schema]) => declare(name, schema)).join('\n\n')}

    export type ServerEvent = DurableEvent | OtherEvent

    /** What each operation of the HTTP API takes and answers, by its method and path. */
    export interface Operations {
      ${rows.join('\n')}
    }

    export type Operation = keyof Operations
    export type Input<O extends Operation> = Operations[O]['input']
    export type Output<O extends Operation> = Operations[O]['output']
  `
  return await format(text, { ...(await resolveConfig(wireFile)), parser: 'typescript' })
}

const keyOf = ({ path, method }: Operation) => `${path} ${method}`

function declare(name: string, schema: JsonSchema): string {
  return `${comment(schema)}export type ${name} = ${typeOf(schema)}`
}

function typeOfOperation(writer: SchemaWriter, operation: Operation): string {
  const { params, query, body, responses } = operation
  const input = [
    params && `params: { ${membersOf(writer, params)} }`,
    query && queryOf(writer, query),
    body && `body: ${typeOf(writer.write(body, 'input'))}`,
  ].filter((part) => part !== undefined)
  const outputs = Object.entries(responses)
    // An error status reaches the caller as a problem. Only health has a body with it.
    .filter(([status]) => status < '300')
    .map(([, { schema }]) => (schema ? typeOf(writer.write(schema, 'output')) : 'undefined'))
  return `{ input: ${input.length > 0 ? `{ ${input.join('; ')} }` : 'Record<string, never>'}; output: ${[...new Set(outputs)].join(' | ')} }`
}

function queryOf(writer: SchemaWriter, query: z.ZodObject): string {
  const { required = [] } = writer.write(query, 'input')
  return `query${required.length > 0 ? '' : '?'}: { ${membersOf(writer, query.shape, required)} }`
}

/** Parameters of paths and queries are text on the wire. Callers of the library pass numbers and flags as such. */
function membersOf(
  writer: SchemaWriter,
  shape: Readonly<Record<string, z.core.$ZodType>>,
  required: readonly string[] = Object.keys(shape),
): string {
  return Object.entries(shape)
    .map(([name, schema]) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape of an object's schema has schemas
      const written = writer.write(schema as z.ZodType, 'input')
      const isFlag = JSON.stringify(written.enum) === '["true","false"]'
      const mark = required.includes(name) ? '' : '?'
      return `${comment(written)}${name}${mark}: ${isFlag ? 'boolean' : typeOf(written)}`
    })
    .join('\n')
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map((choice) => typeOf(choice)).join(' | ')
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ')
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `(${typeOf(schema.items ?? {})})[]`
    case 'object':
      return typeOfObject(schema)
    default:
      if (Object.keys(schema).some((key) => key !== 'description')) {
        throw new Error(`no type is known for ${JSON.stringify(schema)}`)
      }
      return 'unknown'
  }
}

function typeOfObject({ properties, required = [], additionalProperties }: JsonSchema): string {
  const members = Object.entries(properties ?? {}).map(
    ([name, schema]) =>
      `${comment(schema)}${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  if (additionalProperties) members.push(`[name: string]: ${typeOf(additionalProperties)}`)
  return `{ ${members.join('\n')} }`
}

function comment({ description }: JsonSchema): string {
  return description === undefined ? '' : `/** ${description} */\n`
}

if (import.meta.main) await writeFile(wireFile, await renderWire())
