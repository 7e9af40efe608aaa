import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { SignatureV4 } from '@smithy/signature-v4'
import { splitTarget } from './request-info.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

interface Authorization {
  accessKeyId: string
  date: string
  region: string
  service: string
  signedHeaders: readonly string[]
  signature: string
}

const SKEW_MS = 5 * 60_000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/, ]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/

/**
 * Checks a request's Signature Version 4 by signing the request again. Returns undefined if the signature is right,
 * and otherwise the reason for a 403. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export async function findSignatureFault(
  req: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: Uint8Array,
  {
    credentials,
    service = 'execute-api',
    now,
  }: { credentials: Credentials; service?: string; now: number },
): Promise<string | undefined> {
  const authorization = parseAuthorization(req.headers.authorization)
  if (!authorization) return 'Missing Authentication Token'
  const { signedHeaders } = authorization
  if (authorization.accessKeyId !== credentials.accessKeyId) {
    return 'The security token included in the request is invalid.'
  }
  if (authorization.service !== service) {
    return `Credential should be scoped to correct service: '${service}'.`
  }
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date')) {
    return "'Host' and 'X-Amz-Date' must be signed headers."
  }
  const signingDate = parseAmzDate(req.headers['x-amz-date'])
  if (!signingDate || !String(req.headers['x-amz-date']).startsWith(authorization.date)) {
    return 'X-Amz-Date is missing, malformed or of another day than the credential.'
  }
  if (Math.abs(now - signingDate.getTime()) > SKEW_MS) return 'Signature expired'
  const claimedHash = req.headers['x-amz-content-sha256']
  if (
    claimedHash !== undefined &&
    claimedHash !== createHash('sha256').update(body).digest('hex')
  ) {
    return 'The body does not match x-amz-content-sha256.'
  }

  const expected = await sign(req, body, authorization, { credentials, signingDate })
  return expected !== undefined && sameText(expected, authorization.signature)
    ? undefined
    : 'The request signature we calculated does not match the signature you provided.'
}

async function sign(
  req: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: Uint8Array,
  { region, service, signedHeaders }: Authorization,
  { credentials, signingDate }: { credentials: Credentials; signingDate: Date },
): Promise<string | undefined> {
  const headers = Object.fromEntries(
    signedHeaders.map((name): [string, string] => [name, String(req.headers[name] ?? '')]),
  )
  const { path, rawQueryString } = splitTarget(req.url ?? '/')
  const signer = new SignatureV4({
    credentials,
    region,
    service,
    sha256: NodeSha256,
    applyChecksum: signedHeaders.includes('x-amz-content-sha256'),
  })
  const signed = await signer.sign(
    {
      method: req.method ?? '',
      protocol: 'http:',
      hostname: '',
      path,
      query: Object.fromEntries(new URLSearchParams(rawQueryString)),
      headers,
      body,
    },
    { signingDate, signableHeaders: new Set(signedHeaders) },
  )
  return parseAuthorization(signed.headers['authorization'])?.signature
}

function parseAuthorization(header: string | undefined): Authorization | undefined {
  const [, accessKeyId, date, region, service, headers, signature] =
    AUTHORIZATION.exec(header ?? '') ?? []
  if (!accessKeyId || !date || !region || !service || !headers || !signature) return undefined
  return { accessKeyId, date, region, service, signedHeaders: headers.split(';'), signature }
}

function parseAmzDate(value: string | string[] | undefined): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(value))
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second] = parts
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

type Bytes = string | ArrayBuffer | ArrayBufferView

/** The hash that the signer needs, by OpenSSL. It is several times faster than a hash in JavaScript. */
class NodeSha256 {
  readonly #hash

  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  update(data: Bytes): void {
    this.#hash.update(toBytes(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

function toBytes(data: Bytes): string | Uint8Array {
  if (typeof data === 'string') return data
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
