import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { createCachedSecret } from '../../src/aws/cached-secret.ts'
import { createSecretJwtKeys } from '../../src/aws/jwt-keys.ts'
import type { Log } from '../../src/core/ports.ts'
import type { FunctionConfig } from '../env.ts'
import type { Runtime } from '../runtime.ts'
import { createReadViewer } from '../viewer.ts'

type BehindCdn = Pick<FunctionConfig<'admin'>, 'ORIGIN_SECRET_ARN' | 'DIRECT_ACCESS'>
type SignedIn = BehindCdn & Pick<FunctionConfig<'connect'>, 'JWT_KEYS_SECRET_ARN'>

/** The parts of a function that clients call with a token, through CloudFront. */
export function signedInParts(config: SignedIn, log: Log): Pick<Runtime, 'keys' | 'readViewer'> {
  const client = new SecretsManagerClient({})
  return {
    keys: createSecretJwtKeys({ client, secretArn: config.JWT_KEYS_SECRET_ARN, log }),
    ...behindCdnParts(config, log, client),
  }
}

/** The parts of a function that is called through CloudFront without a token. */
export function behindCdnParts(
  config: BehindCdn,
  log: Log,
  client = new SecretsManagerClient({}),
): Pick<Runtime, 'readViewer'> {
  const origin = createCachedSecret({
    client,
    secretArn: config.ORIGIN_SECRET_ARN,
    readsPrevious: true,
    parse: (text, previous) => (previous === undefined ? [text] : [text, previous]),
    log,
  })
  return { readViewer: createReadViewer(origin, config.DIRECT_ACCESS) }
}
