import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from './listen.ts'

export interface AwsEndpoint extends AsyncDisposable {
  readonly url: string
}

/** Starts a service of AWS that answers requests with the result of `answer`. */
export async function startAwsEndpoint(
  answer: (
    body: string,
    request: IncomingMessage,
  ) => { status: number; type?: string; body?: string },
): Promise<AwsEndpoint> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answered = answer(await text(request), request)
    const { status, type = 'application/x-amz-json-1.1', body } = answered
    response.writeHead(status, { 'content-type': type }).end(body)
  }
  const listener = await listen((request, response) => void serve(request, response))
  return {
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}
