import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { CachedSecret } from '../src/aws/cached-secret.ts'
import { ChatError } from '../src/core/errors.ts'

/** Who a request comes from. */
export interface Viewer {
  readonly address: string
  /** That they have asked for, as their browser knows it. */
  readonly host: string | undefined
}

/** A request as it has come to the gateway. */
export interface Arrival {
  /** Of a name in lower case; as the gateway gives it. */
  readonly header: (name: string) => string | undefined
  readonly sourceIp: string
}

/** Throws `forbidden` when a request from there is not served. */
export type ReadViewer = (arrival: Arrival) => Promise<Viewer>

/** Where nothing stands before the gateway: what it saw. */
export const readPeer: ReadViewer = async ({ header, sourceIp }) => ({
  address: sourceIp,
  host: header('host'),
})

/**
 * Behind CloudFront the gateway sees the address of CloudFront and the host of the API. Those of the viewer
 * come in two headers, which a CloudFront function always overwrites. Whoever calls the gateway directly
 * can write them too: they are believed only beside a secret, which CloudFront adds to each request. While
 * the secret is being changed, CloudFront sends the previous value until its own deployment is done, so both
 * are accepted.
 */
export function createReadViewer(
  secrets: CachedSecret<readonly string[]>,
  directAccess: 'closed' | 'open',
): ReadViewer {
  async function isFromCdn(given: string | undefined): Promise<boolean> {
    if (given === undefined) return false
    const fits = (values: readonly string[]) => values.some((value) => isSame(given, value))
    return fits(await secrets(fits))
  }

  return async (arrival) => {
    const address = arrival.header('x-viewer-address')
    const host = arrival.header('x-viewer-host')
    if (await isFromCdn(arrival.header('x-origin-secret'))) {
      // They can be missing or wrong only when the CDN is not set up as it should be.
      if (address !== undefined && isIP(address) !== 0 && host) return { address, host }
      throw new ChatError('internal', 'the CDN does not say who the viewer is')
    }
    if (directAccess === 'closed') {
      throw new ChatError('forbidden', 'this address is not for clients: use that of the site')
    }
    return await readPeer(arrival)
  }
}

/** In a time that tells nothing of the secret, nor of its length. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(hash(given), hash(secret))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
