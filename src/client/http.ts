import { fits, parseJson, shapes } from './core/shape.ts'
import { ChatError } from './errors.ts'
import type { Input, Operation, Output, Problem } from './wire.ts'

/** The part of `fetch` that this library uses. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body: string | null
    readonly signal: AbortSignal
  },
) => Promise<{
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

export interface CallOptions {
  readonly signal: AbortSignal
  /** An access token. */
  readonly access?: string | undefined
}

interface Parts {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

/**
 * Makes one request, and returns its answer. Throws ChatError: the problem of the server, `network` when no answer came,
 * or `bad_answer` when the answer is not JSON of a Quick Connect server.
 */
export async function request<Id extends Operation>(
  fetch: Fetch,
  base: string,
  id: Id,
  input: Input<Id>,
  { signal, access }: CallOptions,
): Promise<Output<Id>> {
  const { params = {}, query = {}, body }: Parts = input
  const [method = '', path = ''] = id.split(' ')
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const search = new URLSearchParams(
    // Undefined values are left out.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- numbers are written as text
    JSON.parse(JSON.stringify(query)) as Record<string, string>,
  ).toString()
  const url = base + filled + (search && `?${search}`)
  let response: Awaited<ReturnType<Fetch>>
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(access && { Authorization: `Bearer ${access}` }),
      },
      body: JSON.stringify(body) ?? null,
      signal,
    })
    text = await response.text()
  } catch (cause) {
    throw new ChatError('network', 'the server did not answer', { cause })
  }
  const { ok, status } = response
  const json = parseJson(text)
  if (ok && (json !== undefined || status === 204)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what an operation answers, the table says
    return json as Output<Id>
  }
  const seconds = Number(response.headers.get('Retry-After'))
  const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined
  if (!ok && fits(json, shapes.problem)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
    const { code, detail, reason, errors = [] } = json as Problem
    throw new ChatError(code, detail, { status, retryAfterMs, reason, errors })
  }
  if (ok) {
    const text = `the answer to ${url} is not JSON`
    throw new ChatError('bad_answer', text, { status, retryable: true })
  }
  // Refusals of the gateway itself have no problem document.
  const code = status === 429 ? 'rate_limited' : status >= 500 ? 'unavailable' : 'bad_answer'
  throw new ChatError(code, `the server answered ${status}`, { status, retryAfterMs })
}
