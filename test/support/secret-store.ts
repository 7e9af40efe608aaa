import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { mockClient } from 'aws-sdk-client-mock'

export const secretArn = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:keys-AbCdEf'

interface Version {
  value: string | undefined
  readonly stages: Set<string>
}

/**
 * One secret of Secrets Manager, with its versions and their labels, behind the SDK's own client: a label is
 * at one version; AWSCURRENT leaves AWSPREVIOUS behind; a version's value never changes.
 */
export function createSecretStore(value: string, { isRotated = true } = {}) {
  const versions = new Map<string, Version>([['v1', { value, stages: new Set(['AWSCURRENT']) }]])
  const client = new SecretsManagerClient({ region: 'eu-central-1' })
  const mock = mockClient(client)
  /** What the next calls fail with, one after another; undefined lets one pass. */
  const faults: (Error | undefined)[] = []

  function answer<Input extends { SecretId?: string | undefined }, Output>(
    work: (input: Input) => Output,
  ) {
    return (input: Input) => {
      const fault = faults.shift()
      if (fault) throw fault
      if (input.SecretId !== secretArn) throw notFound()
      return work(input)
    }
  }

  function move(stage: string, to: string): void {
    for (const [id, { stages }] of versions) {
      if (!stages.delete(stage) || stage !== 'AWSCURRENT' || id === to) continue
      for (const each of versions.values()) each.stages.delete('AWSPREVIOUS')
      stages.add('AWSPREVIOUS')
    }
    versions.get(to)!.stages.add(stage)
  }

  mock.on(DescribeSecretCommand).callsFake(
    answer(() => ({
      ARN: secretArn,
      RotationEnabled: isRotated,
      VersionIdsToStages: Object.fromEntries(
        Array.from(versions, ([id, { stages }]) => [id, [...stages]]),
      ),
    })),
  )
  mock.on(GetSecretValueCommand).callsFake(
    answer(({ VersionId, VersionStage = VersionId ? undefined : 'AWSCURRENT' }: GetInput) => {
      const found = [...versions].find(
        ([id, { value: text, stages }]) =>
          text !== undefined &&
          (VersionId === undefined || id === VersionId) &&
          (VersionStage === undefined || stages.has(VersionStage)),
      )
      if (!found) throw notFound()
      return { ARN: secretArn, VersionId: found[0], SecretString: found[1].value }
    }),
  )
  mock.on(PutSecretValueCommand).callsFake(
    answer(({ ClientRequestToken: id, SecretString, VersionStages = ['AWSCURRENT'] }: PutInput) => {
      const version = versions.get(id!) ?? { value: undefined, stages: new Set() }
      if (version.value !== undefined && version.value !== SecretString) {
        throw new ResourceExistsException({ message: 'the version has a value', $metadata: {} })
      }
      version.value = SecretString
      versions.set(id!, version)
      for (const stage of VersionStages) move(stage, id!)
      return { ARN: secretArn, VersionId: id }
    }),
  )
  mock.on(UpdateSecretVersionStageCommand).callsFake(
    answer(({ VersionStage, MoveToVersionId, RemoveFromVersionId }: StageInput) => {
      const holder = [...versions].find(([, { stages }]) => stages.has(VersionStage!))?.[0]
      if (holder !== RemoveFromVersionId) {
        throw new InvalidParameterException({
          message: `the label is at ${holder}`,
          $metadata: {},
        })
      }
      move(VersionStage!, MoveToVersionId!)
      return { ARN: secretArn }
    }),
  )

  return {
    client,
    mock,
    faults,
    /** Begins a rotation, as Secrets Manager does before the first step: an empty version, to be made. */
    begin(id: string): void {
      versions.set(id, { value: undefined, stages: new Set() })
      move('AWSPENDING', id)
    },
    stagesOf: (id: string) => [...(versions.get(id)?.stages ?? [])].toSorted(),
    /** The value that is current, or that of a version. */
    value(id?: string): string {
      const version = id
        ? versions.get(id)
        : [...versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))
      return version!.value!
    },
    /** What somebody puts in place by hand. */
    replace(text: string): void {
      const id = `by-hand-${versions.size}`
      versions.set(id, { value: text, stages: new Set() })
      move('AWSCURRENT', id)
    },
    reads: () => mock.commandCalls(GetSecretValueCommand).length,
  }
}

type GetInput = GetSecretValueCommand['input']
type PutInput = PutSecretValueCommand['input']
type StageInput = UpdateSecretVersionStageCommand['input']

function notFound(): ResourceNotFoundException {
  return new ResourceNotFoundException({
    message: "Secrets Manager can't find the specified secret value",
    $metadata: {},
  })
}
