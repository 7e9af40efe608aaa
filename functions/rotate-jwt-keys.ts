import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'
import { rotateJwtKeys } from '../src/aws/rotate-jwt-keys.ts'

const step = z.object({
  SecretId: z.string(),
  ClientRequestToken: z.string(),
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
})

const client = new SecretsManagerClient({})

/** Secrets Manager calls this, step by step, to rotate the secret of the JWT keys. */
export async function handler(event: unknown): Promise<void> {
  await rotateJwtKeys(client, step.parse(event))
}
