import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** What is read of an answer: a server that sends without end is not read without end. */
const maxBytes = 8 * 1_024 * 1_024

export interface HttpRequest {
  readonly method: string
  /** As it goes over the wire. `fetch` would make it plain first, and C2 is about paths that are not plain. */
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string | undefined
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Requests to one server. Its connections are used again, and closed by `close`. */
export function createHttp(base: URL) {
  const isSecure = base.protocol === 'https:'
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })

  async function exchange(request: HttpRequest, signal: AbortSignal): Promise<RawAnswer> {
    const { method, path, headers, body } = request
    const options = { agent, method, path, headers, signal }
    const sent = isSecure ? httpsRequest(base, options) : httpRequest(base, options)
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve)
      sent.on('error', reject)
      sent.on('upgrade', (_, socket) => {
        socket.destroy()
        reject(new Error('the server switched to another protocol'))
      })
    })
    sent.end(body)
    try {
      return await read(await answer)
    } catch (error) {
      // The server closed an idle connection just when it was to be used again: it has not read the request.
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (sent.reusedSocket && code === 'ECONNRESET' && !signal.aborted) {
        return await exchange(request, signal)
      }
      throw error
    }
  }

  return { exchange, close: () => agent.destroy() }
}

async function read(response: IncomingMessage): Promise<RawAnswer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    const bytes = Buffer.from(part)
    parts.push(bytes)
    size += bytes.length
    if (size > maxBytes) throw new Error('the answer has more than 8 MB')
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    text: Buffer.concat(parts).toString('utf8'),
  }
}
