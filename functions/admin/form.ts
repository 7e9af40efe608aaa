import { ChatError } from '../../src/core/errors.ts'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import { refuseEncoded, type RequestContext } from '../http/request.ts'

export type Form = Readonly<Record<string, string>>

/** Reads the fields of a form as browsers send them. Throws `bad_request` for bodies that none of our forms sends. */
export async function readForm(c: RequestContext): Promise<Form> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw notOurs()
  refuseEncoded(c)
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > bodyMaxBytes) {
    throw new ChatError(
      'too_large',
      `the form is too large: send at most ${bodyMaxBytes / 1024} KB`,
    )
  }
  const fields = new Map<string, string>()
  for (const pair of Buffer.from(bytes).toString('latin1').split('&')) {
    const [name, value] = readPair(pair)
    if (fields.has(name)) throw notOurs()
    // Browsers send each line break as CR LF.
    fields.set(name, value.replaceAll('\r\n', '\n'))
  }
  return Object.fromEntries(fields)
}

/** URLSearchParams would replace invalid UTF-8 with characters that nobody has written. So this decodes itself. */
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
  return new ChatError('bad_request', 'this form is not valid: go back, and send it again')
}
