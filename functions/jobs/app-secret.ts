import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'

const appSecret = z.object({
  username: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/),
  password: z.string().min(1),
})
export type AppSecret = Readonly<z.infer<typeof appSecret>>

/** Name and password of the role that the handlers work as. */
export async function readAppSecret(
  arn: string,
  client = new SecretsManagerClient(),
): Promise<AppSecret> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
  try {
    return appSecret.parse(JSON.parse(SecretString))
  } catch {
    // Without the value, and without the error that would quote it.
    throw new Error(`the secret ${arn} is not {"username", "password"} of a role`)
  }
}
