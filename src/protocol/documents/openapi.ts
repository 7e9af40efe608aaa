import { operations } from '../operations/index.ts'
import { type Operation, tags } from '../operations/operation.ts'
import { version } from '../version.ts'
import { createSchemaWriter, type Json, type SchemaWriter } from './json-schema.ts'
import { gatewayAnswer, headers, openApiIntroduction } from './openapi-parts.ts'
import { createResponseWriter, type ResponseWriter } from './openapi-responses.ts'

/** Makes the OpenAPI 3.1 document of the HTTP API from the same table that parses the requests. */
export function createOpenApi() {
  const schemas = createSchemaWriter('draft-2020-12')
  const responses = createResponseWriter(schemas)
  const paths: Record<string, Record<string, Json>> = {}
  for (const [id, operation] of Object.entries(operations).toSorted(byPath)) {
    const path = (paths[operation.path] ??= {})
    path[operation.method.toLowerCase()] = writeOperation(id, operation, schemas, responses)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Quick Connect: the HTTP API',
      version,
      summary: 'Accounts, rooms and messages of a real-time chat',
      description: openApiIntroduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    externalDocs: { description: 'The protocol, rule by rule', url: '/docs/protocol' },
    servers: [{ url: '/', description: 'The server of this document' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    security: [{ accessToken: [] }],
    paths,
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The `access` of register, login or refresh. It is valid for 15 minutes [C5]',
        },
      },
      schemas: schemas.components,
      headers,
      responses: { ...responses.components, FromGateway: gatewayAnswer },
    },
  }
}

const methods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function byPath([, a]: [string, Operation], [, b]: [string, Operation]): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return methods.indexOf(a.method) - methods.indexOf(b.method)
}

function writeOperation(
  id: string,
  operation: Operation,
  schemas: SchemaWriter,
  responses: ResponseWriter,
): Json {
  const { tag, summary, description, rule, body, example } = operation
  const parameters = [
    ...Object.entries(operation.params ?? {}).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: schemas.write(schema, 'input'),
    })),
    ...writeQuery(operation, schemas),
  ]
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description === undefined ? '' : `${description} `}[${rule}]`,
    ...(operation.isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        // [C3] A missing body counts as an empty object.
        required: !body.safeParse({}).success,
        content: {
          'application/json': {
            schema: schemas.write(body, 'input'),
            ...(example !== undefined && { example }),
          },
        },
      },
    }),
    responses: responses.write(operation),
  }
}

function writeQuery({ query }: Operation, schemas: SchemaWriter): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemas.write(field, 'input')
    return { name, in: 'query', ...(description !== undefined && { description }), schema }
  })
}
