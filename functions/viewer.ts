import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { CachedSecret } from '../src/aws/cached-secret.ts'
import { ChatError } from '../src/core/errors.ts'

/** Who makes a request. */
export interface Viewer {
  readonly address: string
  /** The host that the viewer has asked for. */
  readonly host: string | undefined
}

/** A request as it arrived at the gateway. */
export interface Arrival {
  /** Returns the header with this name (in lower case), as the gateway gives it. */
  readonly header: (name: string) => string | undefined
  readonly sourceIp: string
}

/** Returns who makes a request. Throws `forbidden` when requests from there are not served. */
export type ReadViewer = (arrival: Arrival) => Promise<Viewer>

/** For a gateway without a CDN before it: the viewer is what the gateway saw. */
export const readPeer: ReadViewer = async ({ header, sourceIp }) => ({
  address: sourceIp,
  host: header('host'),
})

/**
 * Behind CloudFront the gateway sees the address of CloudFront and the host of the API. The address and the host of the
 * viewer come in two headers, which a CloudFront function always overwrites. A client that calls the gateway directly
 * could write these headers, too. So they are trusted only together with a secret, which CloudFront adds to each
 * request. While the secret is being changed, CloudFront sends the previous value until its own deployment is done. So
 * both values are accepted.
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
      // The headers can be missing or wrong only when the CDN is configured wrongly.
      if (address !== undefined && isIP(address) !== 0 && host) return { address, host }
      throw new ChatError(
        'internal',
        'the CDN sent no address or host of the viewer: check its functions',
      )
    }
    if (directAccess === 'closed') {
      throw new ChatError(
        'forbidden',
        'clients cannot use this address: use the address of the site',
      )
    }
    return await readPeer(arrival)
  }
}

/** Compares in a time that reveals nothing about the secret or its length. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(hash(given), hash(secret))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
