import { fits, parseJson, shapes } from './core/shape.ts'
import { ChatError } from './errors.ts'
import type { Input, Operation, Output, Problem } from './wire.ts'

/** What this library uses of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: string
    readonly signal: AbortSignal
  },
) => Promise<{
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

export interface HttpOptions {
  /** Of the server, such as `https://chat.example.org`. */
  readonly url: string
  readonly fetch: Fetch
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** An access token. */
  readonly access?: string | undefined
}

/**
 * One request, and its answer. Throws ChatError: the problem that the server told, `network` when no answer came
 * in time, and `bad_answer` when the answer is not JSON of a Quick Connect server.
 */
// oxlint-disable typescript/no-unsafe-type-assertion -- what an operation takes and answers, the table says
export async function request<Id extends Operation>(
  { url, fetch, timeoutMs }: HttpOptions,
  id: Id,
  input: Input<Id>,
  { signal, access }: CallOptions = {},
): Promise<Output<Id>> {
  const { params = {}, query = {}, body } = input as Parts
  const [method = '', path = ''] = id.split(' ')
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) words.set(name, String(value))
  }
  const search = words.size > 0 ? `?${words.toString()}` : ''
  return (await send(
    fetch,
    url + filled + search,
    {
      method,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(access !== undefined && { Authorization: `Bearer ${access}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    timeoutMs,
    signal,
  )) as Output<Id>
}

interface Parts {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

async function send(
  fetch: Fetch,
  url: string,
  init: Omit<Parameters<Fetch>[1], 'signal'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs)
  let response: Awaited<ReturnType<Fetch>>
  let text: string
  try {
    response = await fetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    text = await response.text()
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ChatError('network', 'no answer came from the server', { cause })
  }
  const { status } = response
  if (status === 204) return undefined
  const json = parseJson(text)
  if (response.ok) {
    if (json !== undefined) return json
    throw new ChatError('bad_answer', `the answer to ${url} is not JSON`, { status: 502 })
  }
  const seconds = Number(response.headers.get('Retry-After') ?? '')
  const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined
  if (fits(json, shapes.problem)) {
    const { code, detail, errors } = json as Problem
    throw new ChatError(code, detail, { status, retryAfterMs, errors })
  }
  // What the gateway itself refuses has no problem document.
  const code = status === 429 ? 'rate_limited' : status >= 500 ? 'unavailable' : 'bad_answer'
  throw new ChatError(code, `the server answered ${status}`, { status, retryAfterMs })
}
