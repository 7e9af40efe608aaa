/** The script as an operator runs it for a stage on AWS. CloudFormation is a fake, the Data API is the local one. */
import { describe, expect, test } from 'vitest'
import type { DataApiFault } from '../../src/emulators/data-api/data-api.ts'
import { address, credentials, startDataApi, type TestDataApi } from '../support/data-api.ts'
import { startTestServer } from '../support/chat-server.ts'
import { runCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { type AwsEndpoint, startAwsEndpoint } from '../support/aws-endpoint.ts'
import { appRole } from '../support/template-database.ts'

const args = ['--stage', 'prod', '--username', 'ada', '--email', 'ada@example.org']
const password = 'a long enough secret'

/** It knows one stack. */
async function startCloudFormation(outputs: Record<string, string>): Promise<AwsEndpoint> {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  return await startAwsEndpoint((body) => {
    const stack = new URLSearchParams(body).get('StackName')
    const xml =
      stack === 'QuickConnect-prod-Data'
        ? `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
             <StackName>${stack}</StackName><Outputs>${members.join('')}</Outputs>
           </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
        : errorXml('ValidationError', `Stack with id ${stack} does not exist`)
    return { status: xml.startsWith('<Error') ? 400 : 200, type: 'text/xml', body: xml }
  })
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
}

/** Hides the AWS settings of the person who runs the tests. */
const noAws = {
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-central-1',
}
const logged = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
}

async function run(cloudFormation: AwsEndpoint, api: TestDataApi) {
  const env = {
    ...noAws,
    ...logged,
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    AWS_ENDPOINT_URL_RDS_DATA: api.url,
  }
  return await runCommand('create-admin.sh', args, env, `${password}\n`)
}

const outputsOf = ({ connection }: TestDatabase) => ({
  ClusterArn: address.resourceArn,
  AppSecretArn: address.secretArn,
  DatabaseName: connection.database,
})

// Each test has its own processes and servers, and one of them waits for seconds.
describe.concurrent('scripts/create-admin.sh --stage', () => {
  test('makes an admin over the Data API, as the role of the handlers', async () => {
    await using database = await createTestDatabase()
    await using api = await startDataApi({ connection: { ...database.connection, ...appRole } })
    await using cloudFormation = await startCloudFormation(outputsOf(database))
    expect(await run(cloudFormation, api)).toEqual({
      code: 0,
      stdout: [
        `using database ${database.connection.database} of stage prod`,
        'the admin account ada is created',
      ],
      stderr: [],
    })
    await using server = await startTestServer({ database })
    const login = await server.call('POST', '/api/login/', { username: 'ada', password })
    expect(login.body).toMatchObject({ user: { username: 'ada', is_admin: true } })
  })

  test('waits for a paused database, and says so', async () => {
    await using database = await createTestDatabase()
    const faults: DataApiFault[] = Array.from({ length: 2 }, () => ({
      answer: 'DatabaseResumingException',
    }))
    await using api = await startDataApi({ ...database, faults: () => faults.shift() })
    await using cloudFormation = await startCloudFormation(outputsOf(database))
    expect(await run(cloudFormation, api)).toMatchObject({
      code: 0,
      stdout: [
        expect.anything(),
        'the database was paused, and needs up to a minute to resume…',
        'the admin account ada is created',
      ],
    })
  })

  test('says that the database is not migrated', async () => {
    await using database = await createEmptyDatabase()
    await using api = await startDataApi(database)
    await using cloudFormation = await startCloudFormation(outputsOf(database))
    expect(await run(cloudFormation, api)).toMatchObject({
      code: 1,
      stderr: ['the database is not migrated: run npx cdk deploy --all -c stage=prod'],
    })
  })

  test.each([
    [
      'staging',
      'there is no stack QuickConnect-staging-Data in eu-central-1: deploy it (npx cdk deploy --all -c stage=staging), or set AWS_REGION to its Region',
    ],
    ['prod', 'the stack QuickConnect-prod-Data has no output AppSecretArn: deploy it again'],
  ])('says what the stack of %s lacks', async (stage, told) => {
    await using cloudFormation = await startCloudFormation({ ClusterArn: address.resourceArn })
    const env = { ...noAws, ...logged, AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url }
    expect(await runCommand('create-admin.sh', ['--stage', stage], env)).toMatchObject({
      code: 1,
      stdout: [],
      stderr: [told],
    })
  })

  test.each([
    [
      'credentials',
      {},
      'no AWS credentials are known here: log in (such as aws sso login), or set AWS_PROFILE',
    ],
    [
      'region',
      { ...logged, AWS_REGION: '' },
      'the AWS Region is not set: set AWS_REGION to the Region of the stage',
    ],
  ])('says that it knows no %s', async (_what, env, told) => {
    expect(await runCommand('create-admin.sh', args, { ...noAws, ...env })).toMatchObject({
      code: 1,
      stderr: [told],
    })
  })

  test.each([
    ['ExpiredToken', 'AWS refuses the credentials of this terminal (no): log in again'],
    ['AccessDenied', 'the AWS credentials of this terminal do not have a needed permission: no'],
  ])('says why AWS refuses: %s', async (code, told) => {
    await using cloudFormation = await startAwsEndpoint(() => ({
      status: 400,
      type: 'text/xml',
      body: errorXml(code, 'no'),
    }))
    const env = { ...noAws, ...logged, AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url }
    expect(await runCommand('create-admin.sh', args, env)).toMatchObject({
      code: 1,
      stderr: [told],
    })
  })
})
