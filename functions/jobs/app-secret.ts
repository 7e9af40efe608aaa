import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'

const appSecret = z.object({
  username: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/),
  password: z.string().min(1),
})
export type AppSecret = Readonly<z.infer<typeof appSecret>>

/** Reads the name and the password of the handlers' database role. */
export async function readAppSecret(
  arn: string,
  client = new SecretsManagerClient(),
): Promise<AppSecret> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
  try {
    return appSecret.parse(JSON.parse(SecretString))
  } catch {
    // The error contains neither the value nor the error of the parser, which would quote the value.
    throw new Error(`the secret ${arn} does not have the form {"username", "password"}`)
  }
}
