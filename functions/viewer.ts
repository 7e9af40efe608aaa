import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { CachedSecret } from '../src/aws/cached-secret.ts'
import { ChatError } from '../src/core/errors.ts'

/** The client of a request, and the host that it called. */
export interface Viewer {
  readonly address: string
  /** The host that the request was for, as the client's browser knows it. */
  readonly host: string | undefined
}

/** A request as it arrived at the gateway. */
export interface Arrival {
  /** Returns a header as the gateway passes it on. The name must be in lower case. */
  readonly header: (name: string) => string | undefined
  readonly sourceIp: string
}

/** Reads the viewer of a request. Throws `forbidden` if a request that arrived in this way is not served. */
export type ReadViewer = (arrival: Arrival) => Promise<Viewer>

/** For a gateway that has nothing in front of it: the viewer is what the gateway saw. */
export const readPeer: ReadViewer = async ({ header, sourceIp }) => ({
  address: sourceIp,
  host: header('host'),
})

/**
 * Reads the viewer behind CloudFront. There the gateway sees CloudFront's address and the API's host. Two headers
 * contain the viewer's address and host. A CloudFront function always overwrites these headers, but a client that
 * calls the gateway directly can write them too. So they are trusted only together with a secret, which CloudFront
 * adds to each request. While the secret is being changed, CloudFront sends the previous value until its own
 * deployment is done. So both values are accepted.
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
      // They are missing or wrong only if the CDN is not set up correctly.
      if (address !== undefined && isIP(address) !== 0 && host) return { address, host }
      throw new ChatError('internal', 'the CDN does not say who the viewer is')
    }
    if (directAccess === 'closed') {
      throw new ChatError('forbidden', 'this address is not for clients: use that of the site')
    }
    return await readPeer(arrival)
  }
}

/** Compares in a time that reveals neither the secret nor its length. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(hash(given), hash(secret))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
