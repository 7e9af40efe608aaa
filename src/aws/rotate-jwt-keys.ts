/**
 * Rotation by Secrets Manager, which calls four steps with the id of the version to be made, and repeats
 * a step that failed: each finds what it has done already. The value becomes that of the secret at once,
 * in the last step, and the execution environments of the handlers hear of it one after another, within
 * five minutes. Until then some sign with the new key and others with the one before:
 * - who knows the new one, knows those before it;
 * - who does not, looks the secret up when a token comes with its `kid`.
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

/** What Secrets Manager calls its rotation function with. */
export interface RotationStep {
  readonly SecretId: string
  /** Of the version to be made. */
  readonly ClientRequestToken: string
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
}

/**
 * A key is needed for 15 minutes after the last token that it signed, which an environment that has not
 * heard of its successor gives out for another 5. Two, so that a second rotation within that time is
 * harmless, too.
 */
const keptBefore = 2

/** Makes a step; one that Secrets Manager has not asked for, or not in this state, is refused. */
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
    throw new Error(`version ${versionId} of ${SecretId} is not the one to be rotated to`)
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
      // Nobody else keeps the keys.
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

/** Tokens of the key that signs now have to stay good, and another has to sign. */
function checkSuccession([first, ...before]: JwtKeys, signing: string): void {
  if (first.kid === signing || !before.some(({ kid }) => kid === signing)) {
    throw new Error(`the new keys do not succeed the key ${signing}`)
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
