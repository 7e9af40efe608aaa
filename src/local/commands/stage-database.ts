import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data'
import { createRdsDataClient } from '../../aws/data-api-client.ts'
import { createDataApiDatabase, type DataApiAddress } from '../../aws/database.ts'
import type { Db } from '../../core/database/database.ts'
import { StartError } from '../machine/start-error.ts'

/** A database that was paused for days takes a minute to wake up. */
const wakeMs = 120_000
const pollMs = 2_000

/** Opens the database of a stage on AWS, as the stage's handlers do, with the credentials of this terminal. */
export async function openStageDatabase(stage: string, say: (line: string) => void): Promise<Db> {
  const address = await findAddress(`QuickConnect-${stage}-Data`, stage)
  say(`using database ${address.database} of stage ${stage}`)
  await wake(address, say)
  return createDataApiDatabase(address)
}

async function findAddress(stackName: string, stage: string): Promise<DataApiAddress> {
  const client = new CloudFormationClient()
  const region = await client.config.region().catch((cause: unknown) => {
    throw new StartError('the AWS Region is not set: set AWS_REGION to the Region of the stage', {
      cause,
    })
  })
  const { Stacks = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch((cause: unknown) => {
      if (cause instanceof Error && /does not exist/.test(cause.message)) {
        throw new StartError(
          `there is no stack ${stackName} in ${region}: deploy it (npx cdk deploy --all -c stage=${stage}), or set AWS_REGION to its Region`,
          { cause },
        )
      }
      throw explain(cause)
    })
  const outputs = new Map(Stacks[0]?.Outputs?.map((each) => [each.OutputKey, each.OutputValue]))
  const find = (key: string): string => {
    const value = outputs.get(key)
    if (value !== undefined) return value
    throw new StartError(`the stack ${stackName} has no output ${key}: deploy it again`)
  }
  return {
    resourceArn: find('ClusterArn'),
    secretArn: find('AppSecretArn'),
    database: find('DatabaseName'),
  }
}

/** Waits until the database is awake. A paused database answers with an error until then. */
async function wake(address: DataApiAddress, say: (line: string) => void): Promise<void> {
  const client = createRdsDataClient()
  const endsAt = performance.now() + wakeMs
  for (let asked = 0; ; asked++) {
    try {
      await client.send(new ExecuteStatementCommand({ ...address, sql: 'select 1 as one' }))
      return
    } catch (error) {
      const isPaused = error instanceof Error && error.name === 'DatabaseResumingException'
      if (!isPaused || performance.now() > endsAt) throw explain(error)
      if (asked === 0) say('the database was paused, and needs up to a minute to resume…')
      await sleep(pollMs)
    }
  }
}

function explain(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const { name, message } = error
  const told = (text: string) => new StartError(text, { cause: error })
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name)) {
    return told(
      'no AWS credentials are known here: log in (such as aws sso login), or set AWS_PROFILE',
    )
  }
  if (
    /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch)/.test(
      name,
    )
  ) {
    return told(`AWS refuses the credentials of this terminal (${message}): log in again`)
  }
  if (/^AccessDenied|^Forbidden/.test(name)) {
    return told(`the AWS credentials of this terminal do not have a needed permission: ${message}`)
  }
  return told(`AWS did not do what was asked (${name}: ${message}): try again`)
}
