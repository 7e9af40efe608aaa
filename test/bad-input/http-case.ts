import { request as startRequest } from 'node:http'
import { expect } from 'vitest'
import { errorStatus, type ErrorCode } from '../../src/protocol/errors.ts'
import { nameAnswer } from '../support/documented.ts'
import { markSeen } from '../support/mark-seen.ts'
import { keepSecrets, type Lazy, resolve, type World } from './world.ts'

/** A request, and the answer that it must get. */
export interface HttpCase {
  readonly name: string
  /** Whose token goes with it. The default is the member's. */
  readonly as?: 'nobody'
  readonly method?: string
  readonly path: Lazy<string>
  readonly headers?: Lazy<Record<string, string | string[]>>
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: Lazy<string | Buffer | object | number | boolean | null>
  readonly answer: HttpAnswer
}

export type HttpAnswer =
  /** A problem document [C3] that names exactly these fields. */
  | { readonly code: ErrorCode; readonly fields?: readonly string[] }
  /** The gateway's own answer, which is not a problem document. */
  | { readonly status: number; readonly message: string }
  /** An answer from in front of the gateway, with a status alone. */
  | { readonly status: number }
  /** The request is right after all. */
  | { readonly status: 200; readonly body: unknown }

export interface HttpResult {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

export async function expectAnswer(world: World, given: HttpCase): Promise<void> {
  const body = resolve(given.body, world)
  const headers = {
    'Content-Type': 'application/json',
    ...(given.as !== 'nobody' && { Authorization: `Bearer ${world.member.access}` }),
    ...resolve(given.headers, world),
  }
  keepSecrets(world, body)
  keepSecrets(world, headers)
  const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
  const request = {
    method: given.method ?? (body === undefined ? 'GET' : 'POST'),
    path: resolve(given.path, world),
    headers,
    body: isRaw ? body : JSON.stringify(body),
  }
  const result = await send(world.server.url, request)
  compare(result, given.answer)
  // In front of the gateway, and outside of the API, an answer only has a status.
  if (!('code' in given.answer || 'message' in given.answer || 'body' in given.answer)) return
  const answer = { ...result, headers: new Headers(toPairs(result.headers)) }
  markSeen(nameAnswer(request.method, request.path, answer))
}

function toPairs(headers: HttpResult['headers']): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [name, String(value)])
}

function compare({ status, headers, text }: HttpResult, answer: HttpAnswer): void {
  if ('code' in answer) {
    const problem = JSON.parse(text) as { errors?: { field: string; message: string }[] }
    expect(problem).toMatchObject({
      type: 'about:blank',
      title: expect.stringMatching(/./),
      status: errorStatus[answer.code],
      detail: expect.stringMatching(/./),
      code: answer.code,
    })
    expect(status).toBe(errorStatus[answer.code])
    const named = new Set(problem.errors?.map(({ field }) => field))
    expect([...named].toSorted()).toEqual([...(answer.fields ?? [])].toSorted())
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    if (status === 401) expect(headers['www-authenticate']).toBe('Bearer')
    return
  }
  expect(status).toBe(answer.status)
  if ('message' in answer) expect(JSON.parse(text)).toEqual({ message: answer.message })
  if ('body' in answer) {
    expect(JSON.parse(text)).toMatchObject(answer.body as object)
    expect(headers['content-type']).toBe('application/json')
  }
  expect(text).not.toContain('devDependencies')
}

/** Sends one request on a connection of its own, with an unchanged path. `fetch` would normalize it. */
export async function send(
  url: string,
  options: {
    method: string
    path: string
    headers: Record<string, string | string[]>
    body: string | Buffer | undefined
  },
): Promise<HttpResult> {
  const { hostname, port } = new URL(url)
  const { method, path, body } = options
  // Node sends the length of a body only for methods where it expects one, and not for DELETE.
  const headers = {
    ...options.headers,
    ...(method === 'DELETE' &&
      body !== undefined && { 'Content-Length': `${Buffer.byteLength(body)}` }),
  }
  return await new Promise((resolve, reject) => {
    const sent = startRequest(
      { hostname, port, method, path, headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
        response.on('error', reject)
      },
    )
    // After an answer that did not wait for the body, nobody may read the rest of the body.
    sent.on('error', reject)
    sent.end(body)
  })
}
