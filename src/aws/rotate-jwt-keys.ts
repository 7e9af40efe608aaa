/**
 * Rotation by Secrets Manager. It calls four steps with the id of the version to make, and repeats a step that failed.
 * So each step checks what it has already done. The last step makes the value the secret's current one at once. The
 * execution environments of the handlers learn of it one after another, within five minutes. Until then some sign with
 * the new key and others with the one before:
 * - An environment that knows the new key also knows the keys before it.
 * - An environment that does not know it reads the secret again when a token with its `kid` comes.
 */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { makeJwtKey, parseGeneratedJwtKeys, parseJwtKeys } from '../core/identity/jwt-keys.ts'
import type { JwtKeys } from '../core/ports.ts'

/** The event with which Secrets Manager calls its rotation function. */
export interface RotationStep {
  readonly SecretId: string
  /** The id of the version to make. */
  readonly ClientRequestToken: string
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
}

/**
 * A key is needed for 15 minutes after the last token that it signed. An environment that has not learned of its
 * successor signs with it for another 5 minutes. Two old keys are kept, so that a second rotation within that time does
 * no harm, either.
 */
const keptBefore = 2

/** Runs a step. It refuses a step that Secrets Manager did not ask for, or not in this state. */
export async function rotateJwtKeys(
  client: SecretsManagerClient,
  step: RotationStep,
): Promise<void> {
  const { SecretId, ClientRequestToken: versionId } = step
  const { RotationEnabled, VersionIdsToStages = {} } = await client.send(
    new DescribeSecretCommand({ SecretId }),
  )
  if (RotationEnabled !== true) throw new Error(`${SecretId} is not set to be rotated`)
  const stages = VersionIdsToStages[versionId]
  if (!stages) throw new Error(`${SecretId} has no version ${versionId}`)
  if (stages.includes('AWSCURRENT')) return
  if (!stages.includes('AWSPENDING')) {
    throw new Error(`version ${versionId} of ${SecretId} is not its pending version (AWSPENDING)`)
  }

  switch (step.Step) {
    case 'createSecret':
      if (await findPending(client, step)) return
      await client.send(
        new PutSecretValueCommand({
          SecretId,
          ClientRequestToken: versionId,
          SecretString: JSON.stringify({ keys: succeed(await getCurrent(client, SecretId)) }),
          VersionStages: ['AWSPENDING'],
        }),
      )
      return
    case 'setSecret':
      // The keys are stored nowhere else.
      return
    case 'testSecret': {
      const pending = await findPending(client, step)
      if (!pending) throw new Error(`version ${versionId} of ${SecretId} has no value`)
      const [signing] = await getCurrent(client, SecretId)
      checkSuccession(parseJwtKeys(pending), signing.kid)
      return
    }
    case 'finishSecret': {
      const [current] =
        Object.entries(VersionIdsToStages).find(([, names]) => names.includes('AWSCURRENT')) ?? []
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: versionId,
          RemoveFromVersionId: current,
        }),
      )
    }
  }
}

function succeed(keys: JwtKeys): JwtKeys {
  return [makeJwtKey(), ...keys.slice(0, keptBefore)]
}

/** Tokens of the present signing key have to stay valid, and another key has to sign. */
function checkSuccession([first, ...before]: JwtKeys, signing: string): void {
  if (first.kid === signing || !before.some(({ kid }) => kid === signing)) {
    throw new Error(`the new keys must keep the key ${signing}, and must sign with another one`)
  }
}

async function getCurrent(client: SecretsManagerClient, SecretId: string): Promise<JwtKeys> {
  const { SecretString = '' } = await client.send(
    new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }),
  )
  return parseGeneratedJwtKeys(SecretString)
}

async function findPending(
  client: SecretsManagerClient,
  { SecretId, ClientRequestToken }: RotationStep,
): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({
        SecretId,
        VersionId: ClientRequestToken,
        VersionStage: 'AWSPENDING',
      }),
    )
    return SecretString
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
