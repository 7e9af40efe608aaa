import { type AccessClaims, verifyAccessToken } from '../../src/core/identity/access-token.ts'
import { ChatError } from '../../src/core/errors.ts'
import type { ApiRuntime, Runtime } from '../runtime.ts'
import { chargeAnonymous } from './limited.ts'
import type { RequestContext } from './request.ts'

/**
 * [C5] What the access token says; that the session stands is for the request's statement to see. [C6] Whoever gives
 * no good token is known by their address alone.
 */
export async function readSession(c: RequestContext, runtime: ApiRuntime): Promise<AccessClaims> {
  try {
    return await readClaims(c, runtime)
  } catch (error) {
    if (error instanceof ChatError) chargeAnonymous(c, runtime)
    throw error
  }
}

async function readClaims(
  c: RequestContext,
  { keys }: Pick<Runtime, 'keys'>,
): Promise<AccessClaims> {
  const header = c.req.header('authorization')
  if (header === undefined) {
    throw new ChatError('unauthenticated', 'give an access token: Authorization: Bearer <token>')
  }
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (token === undefined) {
    throw new ChatError('unauthenticated', 'the Authorization header is not Bearer <token>')
  }
  return await verifyAccessToken(keys, token)
}
