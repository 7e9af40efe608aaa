import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { createCachedSecret } from '../../src/aws/cached-secret.ts'
import { createSecretJwtKeys } from '../../src/aws/jwt-keys.ts'
import type { Log } from '../../src/core/ports.ts'
import type { Runtime } from '../runtime.ts'
import { createReadViewer, type ReadViewer } from '../viewer.ts'

interface Config {
  readonly ORIGIN_SECRET_ARN: string
  readonly DIRECT_ACCESS: 'closed' | 'open'
}

/** What is made of the secrets of functions that clients call with a token, through CloudFront. */
export function createSecrets(
  config: Config & { readonly JWT_KEYS_SECRET_ARN: string },
  log: Log,
): Pick<Runtime, 'keys' | 'readViewer'> {
  const client = new SecretsManagerClient({})
  return {
    keys: createSecretJwtKeys({ client, secretArn: config.JWT_KEYS_SECRET_ARN, log }),
    readViewer: createViewerReader(config, log, client),
  }
}

/** For what is called through CloudFront without a token. */
export function createViewerReader(
  config: Config,
  log: Log,
  client = new SecretsManagerClient({}),
): ReadViewer {
  const origin = createCachedSecret({
    client,
    secretArn: config.ORIGIN_SECRET_ARN,
    readsPrevious: true,
    parse: (text, previous) => (previous === undefined ? [text] : [text, previous]),
    log,
  })
  return createReadViewer(origin, config.DIRECT_ACCESS)
}
