import { createContext, Script } from 'node:vm'
import { edgeFunctionCode, type EdgeFunctionName } from '../../lib/edge/edge-function.ts'

interface Field {
  value: string
  multiValue?: { value: string }[]
}

export interface EdgeRequest {
  method: string
  uri: string
  querystring: Record<string, Field>
  headers: Record<string, Field>
  cookies: Record<string, Field>
}

export interface EdgeResponse {
  statusCode: number
  statusDescription: string
  headers: Record<string, Field>
  body?: { encoding: string; data: string }
}

/**
 * Runs a CloudFront function as CloudFront does: as a script in strict mode, in a context with nothing but the
 * language. It calls the script's `handler`. Input and output are JSON. (Developer Guide, "JavaScript runtime 2.0
 * features" and "CloudFront Functions event structure")
 */
export function edgeFunction(name: EdgeFunctionName, constants?: Record<string, unknown>) {
  const code = `'use strict';\n${edgeFunctionCode(name, constants)}\nJSON.stringify(handler(JSON.parse(event)))`
  const script = new Script(code, { filename: `${name}.js` })
  return (request: EdgeRequest, ip = '203.0.113.7'): EdgeRequest | EdgeResponse => {
    const event = {
      version: '1.0',
      context: { eventType: 'viewer-request', requestId: 'r', distributionId: 'D' },
      viewer: { ip },
      request,
    }
    const context = createContext(
      { event: JSON.stringify(event) },
      { codeGeneration: { strings: false, wasm: false } },
    )
    return JSON.parse(script.runInContext(context, { timeout: 1_000 }) as string) as
      EdgeRequest | EdgeResponse
  }
}

/**
 * Makes the request for a URL's path and query, with their encoding unchanged. A repeated parameter keeps all of its
 * values.
 */
export function edgeRequest(url: string, headers: Record<string, string> = {}): EdgeRequest {
  const [uri = '/', query = ''] = url.split('?', 2)
  const querystring: EdgeRequest['querystring'] = {}
  for (const [name = '', value = ''] of query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=', 2))) {
    const known = querystring[name]
    if (!known) querystring[name] = { value }
    else known.multiValue = [...(known.multiValue ?? [{ value: known.value }]), { value }]
  }
  return {
    method: 'GET',
    uri,
    querystring,
    headers: Object.fromEntries(
      Object.entries({ host: 'chat.example.org', ...headers }).map(([name, value]) => [
        name,
        { value },
      ]),
    ),
    cookies: {},
  }
}

/** Returns the URL that CloudFront requests from the origin. */
export function urlOf({ uri, querystring }: EdgeRequest): string {
  const pairs = Object.entries(querystring).flatMap(([name, { value, multiValue }]) =>
    (multiValue ?? [{ value }]).map((each) => `${name}=${each.value}`),
  )
  return pairs.length === 0 ? uri : `${uri}?${pairs.join('&')}`
}

export function isResponse(result: EdgeRequest | EdgeResponse): result is EdgeResponse {
  return 'statusCode' in result
}
