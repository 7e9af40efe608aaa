import { Parser } from '@asyncapi/parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { operations } from '../../src/protocol/operations/index.ts'
import type { Operation } from '../../src/protocol/operations/operation.ts'
import { clientFrame, durableEvent, otherEvent } from '../../src/protocol/socket.ts'
import { version } from '../../src/protocol/version.ts'
import { startTestServer } from '../support/chat-server.ts'
import { ok } from '../support/answers.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const openApi = await ok(server.call('GET', '/api/openapi.json'))
const asyncApi = await ok(server.call('GET', '/api/asyncapi.json'))

/** Every JSON Schema, header or response that is referred to, by its name. */
function referredTo(document: object, kind: string): Set<string> {
  const found = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)
  return new Set([...found].filter(([, of]) => of === kind).map(([, , name]) => name!))
}

describe('[C8] the OpenAPI document', () => {
  test('[C8] is one, of version 3.1', async () => {
    expect(openApi.openapi).toMatch(/^3\.1\./)
    const validator = new Validator()
    expect(await validator.validate(structuredClone(openApi))).toEqual({ valid: true })
    // It finds every reference.
    expect(() => validator.resolveRefs()).not.toThrow()
  })

  test('[C8] has every operation, each under its id', () => {
    const ids = Object.values<Record<string, { operationId: string }>>(openApi.paths).flatMap(
      (path) => Object.values(path).map(({ operationId }) => operationId),
    )
    expect(ids.toSorted()).toEqual(Object.keys(operations).toSorted())
  })

  test.each(['schemas', 'headers'])('[C8] refers to each of its %s', (kind) => {
    expect([...referredTo(openApi, kind)].toSorted()).toEqual(
      Object.keys(openApi.components[kind]).toSorted(),
    )
  })

  const withBody = Object.entries(operations).filter(([, { body }]) => body)
  test.each(withBody)('[C8] the example of a body for %s is good', (_, { body, example }) => {
    expect(body!.safeParse(example ?? {}).error).toBeUndefined()
  })

  // Whoever makes a client of it would get a nameless type for each.
  test('[C8] every object that is asked for or answered has a name', () => {
    const nameless = Object.values<Record<string, Spoken>>(openApi.paths)
      .flatMap((path) => Object.values(path))
      .filter(({ requestBody, responses }) => {
        const bodies = [requestBody, ...Object.values(responses)]
        const contents = bodies.flatMap((body) => Object.values(body?.content ?? {}))
        return contents.some(({ schema }) => !('$ref' in schema))
      })
      .map(({ operationId }) => operationId)
    expect(nameless).toEqual([])
  })

  test('[C5] asks for the access token wherever there is a session', () => {
    for (const [id, { method, path, isOpen }] of Object.entries<Operation>(operations)) {
      const { security } = openApi.paths[path][method.toLowerCase()]
      expect({ id, security }).toEqual({ id, security: isOpen ? [] : undefined })
    }
    expect(openApi.security).toEqual([{ accessToken: [] }])
  })
})

describe('[C8] the AsyncAPI document', () => {
  test('[C8] is one, of version 3.0', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi))
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')
    expect(faults).toEqual([])
    expect(document?.version()).toBe('3.0.0')
    const receiving = document?.operations().filterByReceive().length
    expect(receiving).toBe(2 * clientFrame.options.length)
  })

  test('[C8] has every frame and every event', () => {
    const names = [
      ...clientFrame.options.map(({ shape }) => `send.${shape.action.value}`),
      ...[...durableEvent.options, ...otherEvent.options].map(({ shape }) => shape.type.value),
    ]
    expect(Object.keys(asyncApi.components.messages).toSorted()).toEqual(names.toSorted())
  })
})

test('[C8] both have the version of the project', () => {
  expect(version).toBe(packageJson.version)
  expect(openApi.info.version).toBe(version)
  expect(asyncApi.info.version).toBe(version)
})

interface Spoken {
  readonly operationId: string
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}
interface Body {
  readonly content?: Record<string, { schema: object }>
}
