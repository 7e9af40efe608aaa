import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { splitTarget } from './request-info.ts'

const KEY = /^[+/0-9A-Za-z]{22}==$/
const TOKENS = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/

/** Returns the status that refuses a handshake before any handler runs, or undefined if the handshake may continue. */
export function refusalOf(
  req: IncomingMessage,
  { stage, urlBytes }: { stage: string; urlBytes: number },
): number | undefined {
  const url = req.url ?? '/'
  if (url.length > urlBytes) return 414
  const { path } = splitTarget(url)
  if (path !== `/${stage}` && path !== `/${stage}/`) return 403
  if (req.method !== 'GET') return 405
  if (req.headers.upgrade?.toLowerCase() !== 'websocket') return 400
  if (!KEY.test(req.headers['sec-websocket-key'] ?? '')) return 400
  if (req.headers['sec-websocket-version'] !== '13') return 400
  const protocols = req.headers['sec-websocket-protocol']
  if (protocols !== undefined && !hasDistinctTokens(protocols)) return 400
  return undefined
}

// Checks what `ws` would refuse only after $connect has run.
function hasDistinctTokens(list: string): boolean {
  const tokens = list.split(',').map((token) => token.trim())
  return TOKENS.test(list) && new Set(tokens).size === tokens.length
}

/** Answers on the raw socket, and closes it. Browsers see neither the status nor the body. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}
