import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { toUrl } from './plain-path.ts'

/**
 * The request of an event (payload 2.0): the parts of a `Request` that hono and the routes read. The constructor of
 * `Request` also makes a signal and other parts that nobody reads, which takes four times as long as the headers.
 */
export class EventRequest implements Pick<Request, 'method' | 'url' | 'headers' | 'arrayBuffer'> {
  readonly method: string
  readonly url: string
  readonly #event: APIGatewayProxyEventV2
  #headers: Headers | undefined

  constructor(event: APIGatewayProxyEventV2) {
    this.method = event.requestContext.http.method
    this.url = new URL(toUrl(event.rawPath, event.rawQueryString)).href
    this.#event = event
  }

  get headers(): Headers {
    return (this.#headers ??= readHeaders(this.#event))
  }

  /** The body. As in a `Request`, a GET and a HEAD have none. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    const { body, isBase64Encoded } = this.#event
    if (body === undefined || this.method === 'GET' || this.method === 'HEAD') {
      return new ArrayBuffer(0)
    }
    return new Uint8Array(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')).buffer
  }
}

function readHeaders({ headers, cookies }: APIGatewayProxyEventV2): Headers {
  const read = new Headers()
  for (const [name, value] of Object.entries(headers)) read.append(name, value ?? '')
  if (cookies) read.append('cookie', cookies.join('; '))
  return read
}
