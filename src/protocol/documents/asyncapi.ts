import type * as z from 'zod'
import {
  type ClientFrame,
  clientFrame,
  durableEvent,
  otherEvent,
  type ServerEvent,
} from '../socket.ts'
import { version } from '../version.ts'
import {
  actions,
  events,
  frameErrors,
  handshake,
  asyncApiIntroduction,
  securitySchemes,
} from './asyncapi-parts.ts'
import { createSchemaWriter, type Json, type JsonSchema, type SchemaWriter } from './json-schema.ts'

const channels = {
  room: {
    address: '/ws/chat/{room_name}/',
    title: 'One room',
    description: 'Connecting to a public room joins it [W1].',
    parameters: { room_name: { description: 'The `name` of the room' } },
  },
  all: { address: '/ws/', title: 'All rooms of the caller', description: '[W1]' },
} as const

interface Message {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly description?: string
  readonly payload: JsonSchema
}
type Messages = Readonly<Record<string, Message>>

/** Makes the AsyncAPI 3.0 document of the WebSocket from the schemas that also parse the frames. */
export function createAsyncApi() {
  const schemas = createSchemaWriter('draft-7')
  const messages = { ...writeFrames(schemas), ...writeEvents(schemas) }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Quick Connect: the WebSocket',
      version,
      description: asyncApiIntroduction,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      installation: {
        host: '{host}',
        protocol: 'wss',
        description: 'The host that serves this document',
        variables: { host: { default: 'chat.example.org' } },
        security: referToAll('securitySchemes', Object.keys(securitySchemes)),
      },
      local: {
        host: 'localhost:8000',
        protocol: 'ws',
        description: 'The server that `./scripts/run.sh` starts',
        security: referToAll('securitySchemes', Object.keys(securitySchemes)),
      },
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => [
        name,
        {
          ...channel,
          messages: Object.fromEntries(
            Object.keys(messages).map((key) => [key, { $ref: `#/components/messages/${key}` }]),
          ),
          bindings: { ws: handshake },
        },
      ]),
    ),
    operations: Object.assign({}, ...Object.keys(channels).map(writeOperations)),
    components: { schemas: schemas.components, securitySchemes, messages },
  }
}

function writeFrames(schemas: SchemaWriter): Messages {
  return Object.fromEntries(
    clientFrame.options.map((option) => {
      const action = literalOf<ClientFrame['action']>(option.shape.action)
      return [
        `send.${action}`,
        {
          name: action,
          title: action,
          summary: actions[action].summary,
          payload: schemas.write(option, 'input'),
        },
      ]
    }),
  )
}

function writeEvents(schemas: SchemaWriter): Messages {
  return Object.fromEntries(
    [...durableEvent.options, ...otherEvent.options].map((option) => {
      const type = literalOf<ServerEvent['type']>(option.shape.type)
      return [
        type,
        {
          name: type,
          title: type,
          summary: events[type],
          ...(type === 'error' && { description: describeErrors() }),
          payload: schemas.write(option, 'output'),
        },
      ]
    }),
  )
}

function describeErrors(): string {
  return Object.entries(frameErrors)
    .map(([code, when]) => `- \`${code}\`: ${when}`)
    .join('\n')
}

function literalOf<T extends string>(schema: z.ZodLiteral<T>): T {
  return schema.value
}

/** In AsyncAPI `receive` means that the server receives a client's frame. */
function writeOperations(channel: string): Json {
  const at = { $ref: `#/channels/${channel}` }
  const messageOf = (key: string) => ({ $ref: `#/channels/${channel}/messages/${key}` })
  const receiving = Object.entries(actions).map(([action, { summary, answers }]) => [
    `${channel}.${action}`,
    {
      action: 'receive',
      channel: at,
      summary,
      messages: [messageOf(`send.${action}`)],
      reply: {
        channel: at,
        messages: [...answers, 'error'].map(messageOf),
      },
    },
  ])
  const sending = {
    action: 'send',
    channel: at,
    summary: 'The events that the server sends to a client',
    messages: Object.keys(events).map(messageOf),
  }
  return { ...Object.fromEntries(receiving), [`${channel}.events`]: sending }
}

function referToAll(kind: string, names: readonly string[]): Json[] {
  return names.map((name) => ({ $ref: `#/components/${kind}/${name}` }))
}
