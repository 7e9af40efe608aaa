import { ChatError } from '../../src/core/errors.ts'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import { refuseEncoded, type RequestContext } from '../http/request.ts'

export type Form = Readonly<Record<string, string>>

/** The fields of a form as a browser sends them; throws `bad_request` for what no form of ours sends. */
export async function readForm(c: RequestContext): Promise<Form> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw notOurs()
  refuseEncoded(c)
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > bodyMaxBytes) {
    throw new ChatError('too_large', `a form has at most ${bodyMaxBytes / 1024} KB`)
  }
  const fields = new Map<string, string>()
  for (const pair of Buffer.from(bytes).toString('latin1').split('&')) {
    const [name, value] = readPair(pair)
    if (fields.has(name)) throw notOurs()
    // A browser writes every line's end as CR LF.
    fields.set(name, value.replaceAll('\r\n', '\n'))
  }
  return Object.fromEntries(fields)
}

/** Not by URLSearchParams, which replaces what is not UTF-8: nobody has written that. */
function readPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  if (at < 0) throw notOurs()
  try {
    return [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
  } catch {
    throw notOurs()
  }
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

function notOurs(): ChatError {
  return new ChatError('bad_request', 'this is no form of these pages: go back, and send it again')
}
