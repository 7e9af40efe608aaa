import { Marked } from 'marked'
import { createAsyncApi } from '../../src/protocol/documents/asyncapi.ts'
import { actions, events } from '../../src/protocol/documents/asyncapi-parts.ts'
import type { JsonSchema } from '../../src/protocol/documents/json-schema.ts'
import { escapeHtml, layout } from './layout.ts'

const markdown = new Marked()
const html = (text: string) => markdown.parse(text, { async: false })
const inlineHtml = (text: string) => markdown.parseInline(text, { async: false })

/** Renders the AsyncAPI document as a page without scripts. */
export function renderWebSocketPage(): string {
  const { info, channels, components } = createAsyncApi()
  const { messages, schemas } = components
  const sections = [
    `<h1>${escapeHtml(info.title)}</h1>`,
    html(info.description),
    `<p>For programs: <a href="/api/asyncapi.json">/api/asyncapi.json</a> (AsyncAPI 3.0).</p>`,
    '<h2 id="where">Addresses</h2>',
    `<dl>${Object.values(channels).map(renderChannel).join('')}</dl>`,
    '<h2 id="frames">Frames from a client</h2>',
    ...Object.entries(actions).map(([action, { answers }]) =>
      renderMessage(`send.${action}`, messages[`send.${action}`]!, answers),
    ),
    '<h2 id="events">Events from the server</h2>',
    ...Object.keys(events).map((type) => renderMessage(type, messages[type]!)),
    '<h2 id="schemas">Schemas</h2>',
    ...Object.entries(schemas).map(
      ([name, schema]) => `<h3 id="${name}">${name}</h3>${renderSchema(schema)}`,
    ),
  ]
  return layout(info.title, sections.join('\n'))
}

function renderChannel(channel: { address: string; title: string; description: string }): string {
  return `<dt><code>${escapeHtml(channel.address)}</code></dt>
<dd>${escapeHtml(channel.title)}. ${inlineHtml(channel.description)}</dd>`
}

function renderMessage(
  id: string,
  message: { name: string; summary: string; description?: string; payload: JsonSchema },
  answers?: readonly string[],
): string {
  const links = answers?.map((type) => `<a href="#${type}"><code>${type}</code></a>`)
  return `<h3 id="${id}"><code>${message.name}</code></h3>
<p>${inlineHtml(message.summary)}</p>
${message.description === undefined ? '' : html(message.description)}
${renderSchema(message.payload)}
${links ? `<p>Answer: ${[...links, '<a href="#error"><code>error</code></a>'].join(' or ')}.</p>` : ''}`
}

function renderSchema(schema: JsonSchema): string {
  if (!schema.properties) return `<p>${typeOf(schema)}</p>`
  const fields = Object.entries(schema.properties)
  // The fields that identify the frame come first.
  const kinds = fields.filter(([, field]) => field.const !== undefined)
  const others = fields.filter(([, field]) => field.const === undefined)
  const rows = [...kinds, ...others].map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : ' <small>optional</small>'
    const about = field.description === undefined ? '' : inlineHtml(field.description)
    return `<tr><th scope="row"><code>${escapeHtml(name)}</code>${optional}</th><td>${typeOf(field)}</td><td>${about}</td></tr>`
  })
  return `<table>${rows.join('')}</table>`
}

/** Describes the type of a schema in words, as HTML. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)!
    return `<a href="#${name}">${name}</a>`
  }
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return schema.enum.map(literal).join(' or ')
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map(typeOf).join(' or ')
  if (schema.items) return `list of ${typeOf(schema.items)}`
  if (schema.additionalProperties)
    return `object with values of the type ${typeOf(schema.additionalProperties)}`
  if (schema.properties) {
    const fields = Object.entries(schema.properties)
    return `{ ${fields.map(([name, field]) => `<code>${escapeHtml(name)}</code>: ${typeOf(field)}`).join(', ')} }`
  }
  const names = [schema.type ?? 'anything'].flat().join(' or ')
  const { minLength, maxLength, format } = schema
  const length = maxLength === undefined ? '' : ` of ${minLength ?? 0} to ${maxLength} characters`
  return escapeHtml(`${names}${length}${format === undefined ? '' : ` (${format})`}`)
}

function literal(value: unknown): string {
  return `<code>${escapeHtml(JSON.stringify(value))}</code>`
}
