import { type AccessClaims, verifyAccessToken } from '../../src/core/identity/access-token.ts'
import { ChatError } from '../../src/core/errors.ts'
import type { ApiRuntime, Runtime } from '../runtime.ts'
import { chargeAnonymous } from './limited.ts'
import type { RequestContext } from './request.ts'

/**
 * [C5] Reads the access token. The request's own SQL statement checks that the session has not ended. [C6] A caller
 * without a valid token is charged by address.
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
    throw new ChatError(
      'unauthenticated',
      'the access token is missing: send the header Authorization: Bearer <token>',
    )
  }
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (token === undefined) {
    throw new ChatError('unauthenticated', 'the Authorization header is wrong: send Bearer <token>')
  }
  return await verifyAccessToken(keys, token)
}
