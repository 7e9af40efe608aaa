/** The custom resource: the answers that CloudFormation gets over HTTP, and what was done. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import { Client } from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { customResource } from '../../functions/jobs/custom-resource.ts'
import { isGoingBack, migrate } from '../../functions/jobs/migrate.ts'
import { migrateToLatest, migrations } from '../../migrations/index.ts'
import type { DataApiFault } from '../../src/emulators/data-api/data-api.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { address, credentials, startDataApi, type TestDataApiOptions } from '../support/data-api.ts'
import { execute } from '../support/database.ts'
import { createEmptyDatabase, type EmptyDatabase, inEncoding } from '../support/empty-database.ts'
import { startAwsEndpoint } from '../support/aws-endpoint.ts'
import { answerOf, contextOf, id, startCloudFormation } from './cloud-formation.ts'
import { schemaOf } from './lists.ts'
import { openRunner, tablesOf } from './runner.ts'

const fifteenMinutes = 15 * 60_000
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Starts the job over a database as on Lambda, except for its environment. */
async function startJob(
  options: { faults?: TestDataApiOptions['faults'] } = {},
  database?: EmptyDatabase,
) {
  database ??= await createEmptyDatabase()
  const cloudFormation = await startCloudFormation()
  const runner = await openRunner('data-api', database.connection, options)
  const secret = { username: `app_${randomBytes(8).toString('hex')}`, password: 'the first one' }
  const job = customResource(id, () =>
    migrate({ db: runner.db, readAppSecret: async () => secret, log: silent }),
  )
  return {
    database,
    secret,
    async run(type: 'Create' | 'Update', remainingMs = fifteenMinutes): Promise<unknown> {
      await job(cloudFormation.event(type), contextOf(remainingMs))
      expect(cloudFormation.answers).toHaveLength(1)
      return cloudFormation.answers.pop()?.body
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await cloudFormation[Symbol.asyncDispose]()
      await dropWithRole(database, secret.username)
    },
  }
}

async function dropWithRole(database: EmptyDatabase, name: string): Promise<void> {
  await database[Symbol.asyncDispose]()
  await execute(inject('postgres'), `drop role if exists ${name}`)
}

async function canLogIn(database: EmptyDatabase, user: string, password: string) {
  const client = new Client({ ...database.connection, user, password })
  return await client.connect().then(
    async () => {
      await client.end()
      return true
    },
    () => false,
  )
}

describe('the custom resource', () => {
  test('migrates and makes the role of the handlers, and an update only changes a password', async () => {
    await using job = await startJob()
    expect(await job.run('Create')).toEqual(answerOf('SUCCESS', 'done'))
    expect(await job.database.query('select name from schema_migrations order by 1')).toEqual(
      migrations.map(({ name }) => ({ name })),
    )
    expect(await canLogIn(job.database, job.secret.username, 'the first one')).toBe(true)
    job.secret.password = 'the second one'
    expect(await job.run('Update')).toEqual(
      answerOf('SUCCESS', 'done', 'the one of an earlier answer'),
    )
    expect(await canLogIn(job.database, job.secret.username, 'the first one')).toBe(false)
    expect(await canLogIn(job.database, job.secret.username, 'the second one')).toBe(true)
  })

  test('refuses a database with an encoding that cannot store every text', async () => {
    await using job = await startJob({}, await createEmptyDatabase(inEncoding('LATIN1')))
    expect(await job.run('Create')).toEqual(
      answerOf(
        'FAILED',
        'this database has the encoding LATIN1: give one with UTF8 (createdb --encoding UTF8 --template template0 <name>)',
      ),
    )
    expect(await tablesOf(job.database)).toEqual([])
  })

  test('says which migration failed and why, and the next run continues there', async () => {
    await using job = await startJob()
    await job.database.query('create table rate_limits (mine bigint)')
    expect(await job.run('Create')).toEqual(
      answerOf(
        'FAILED',
        'the migration 0001-tables failed: DatabaseErrorException: ERROR: relation "rate_limits" already exists; SQLState: 42P07',
      ),
    )
    await job.database.query('drop table rate_limits')
    expect(await job.run('Create')).toMatchObject({ Status: 'SUCCESS' })
  })

  test('succeeds over a newer schema, as after a rollback', async () => {
    await using job = await startJob()
    await using runner = await openRunner('pg', job.database.connection)
    const later = { name: '9999-later', statements: ['create table later (n bigint)'] }
    await migrateToLatest(runner.db, { schema: schemaOf([...migrations, later]) })
    expect(await job.run('Update')).toMatchObject({ Status: 'SUCCESS' })
  })

  // These two tests mostly wait, so they run at once.
  test.concurrent('answers before its time runs out, and says what it waits for', async () => {
    await using job = await startJob()
    await job.database.query('select pg_advisory_lock(7267832101)')
    expect(await job.run('Create', 23_000)).toEqual(
      answerOf(
        'FAILED',
        'no time was left, waiting for another deploy that migrates: the next deploy goes on from there',
      ),
    )
    await job.database.query('select pg_advisory_unlock(7267832101)')
    expect(await job.run('Create')).toMatchObject({ Status: 'SUCCESS' })
  })

  test.concurrent(
    'ends its own work when its time runs out, so that the next run need not wait for it',
    async ({ expect }) => {
      await using job = await startJob()
      await job.database.query('begin')
      await job.database.query('create table rate_limits (mine bigint)')
      expect(await job.run('Create', 24_000)).toEqual(
        answerOf(
          'FAILED',
          'no time was left, applying 0001-tables: the next deploy goes on from there',
        ),
      )
      const locks = `select 1 from pg_locks where locktype = 'advisory'`
      await expect.poll(() => job.database.query(locks)).toEqual([])
      await job.database.query('rollback')
      expect(await job.run('Create')).toMatchObject({ Status: 'SUCCESS' })
    },
  )

  test('answers for work that does not end', async () => {
    await using cloudFormation = await startCloudFormation()
    const endless = customResource(id, () => new Promise(() => {}))
    await endless(cloudFormation.event('Create'), contextOf(15_050))
    expect(cloudFormation.answers[0]?.body).toEqual(
      answerOf('FAILED', 'the time of the function ran out'),
    )
  })

  // The job waits before it tries again, so these tests run at once.
  test.concurrent.each<[string, string, DataApiFault]>([
    ['a commit that was done', 'CommitTransaction', { answer: 'cut', done: true }],
    ['a commit that was not', 'CommitTransaction', { answer: 'InternalServerErrorException' }],
    ['a statement that was done', 'ExecuteStatement', { answer: 'cut', done: true }],
    ['a statement that was not', 'ExecuteStatement', { answer: 'ServiceUnavailableError' }],
    ['the beginning', 'BeginTransaction', { answer: 'DatabaseResumingException' }],
  ])('[6] retries what had no answer: %s', async (_what, operation, fault) => {
    let calls = 0
    await using job = await startJob({
      faults: (call) => (call.operation === operation && ++calls === 1 ? fault : undefined),
    })
    expect(await job.run('Create')).toMatchObject({ Status: 'SUCCESS' })
    expect(calls).toBeGreaterThan(1)
    expect(await job.database.query('select name from schema_migrations order by 1')).toEqual(
      migrations.map(({ name }) => ({ name })),
    )
  })

  test.concurrent(
    'answers again when the answer was not received, and fails when it never is',
    async () => {
      await using heard = await startCloudFormation(500, 503)
      await customResource(id, async () => {})(heard.event('Create'), contextOf(fifteenMinutes))
      expect(heard.answers).toHaveLength(1)
      await using unheard = await startCloudFormation(403, 403, 403)
      await expect(
        customResource(id, async () => {})(unheard.event('Create'), contextOf(fifteenMinutes)),
      ).rejects.toThrow('the answer to CloudFormation was refused with 403')
    },
  )

  test('keeps the values behind an error out of the reason', async () => {
    await using cloudFormation = await startCloudFormation()
    const error = new Error(
      'ERROR: duplicate key value\n  Detail: Key (email)=(ada@example.org) exists.; SQLState: 23505',
    )
    await customResource(id, () => Promise.reject(error))(
      cloudFormation.event('Create'),
      contextOf(fifteenMinutes),
    )
    expect(cloudFormation.answers[0]?.body).toEqual(
      answerOf('FAILED', 'ERROR: duplicate key value; SQLState: 23505'),
    )
  })
})

/** Runs the module's handler as Lambda does, in a process with nothing but its environment. */
async function invoke(event: CloudFormationCustomResourceEvent, env: Record<string, string>) {
  const script = `
    const { handler } = await import('${join(projectRoot, 'functions/migrate.ts')}')
    await handler(${JSON.stringify(event)}, {
      logStreamName: 'stream-1', getRemainingTimeInMillis: () => 60_000 })`
  const child = spawn(
    join(projectRoot, 'node_modules/.bin/node'),
    ['--input-type=module', '-e', script],
    { env, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
}

describe('the function', () => {
  test('reads the secret of the role, and uses the database, of its environment', async () => {
    const database = await createEmptyDatabase()
    const secret = { username: `app_${randomBytes(8).toString('hex')}`, password: 'of the secret' }
    await using _dropped = {
      [Symbol.asyncDispose]: () => dropWithRole(database, secret.username),
    }
    await using api = await startDataApi({ connection: database.connection })
    await using cloudFormation = await startCloudFormation()
    const asked: unknown[] = []
    await using secrets = await startAwsEndpoint((body) => {
      asked.push(JSON.parse(body))
      return { status: 200, body: JSON.stringify({ SecretString: JSON.stringify(secret) }) }
    })
    const env = {
      DATABASE_ARN: address.resourceArn,
      DATABASE_SECRET_ARN: address.secretArn,
      DATABASE_NAME: database.connection.database,
      APP_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:app',
      LOG_LEVEL: 'ERROR',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_RDS_DATA: api.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    }
    await invoke(cloudFormation.event('Create'), env)
    expect(cloudFormation.answers).toEqual([
      { headers: expect.objectContaining({ method: 'PUT' }), body: answerOf('SUCCESS', 'done') },
    ])
    const { headers } = cloudFormation.answers[0]!
    // The signature covers a request without a content type, and S3 accepts no chunked request.
    expect(headers).not.toHaveProperty('content-type')
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(headers).toHaveProperty('content-length')
    expect(asked).toEqual([{ SecretId: env.APP_SECRET_ARN }])
    expect(await canLogIn(database, secret.username, secret.password)).toBe(true)
  })

  test('answers a deletion without any work', async () => {
    await using cloudFormation = await startCloudFormation()
    await invoke(cloudFormation.event('Delete'), {})
    expect(cloudFormation.answers[0]?.body).toEqual(
      answerOf('SUCCESS', 'done', 'the one of an earlier answer'),
    )
  })

  test('answers a rollback without any work', async () => {
    await using cloudFormation = await startCloudFormation()
    // Two deploys of one release with the same migrations. Only the text of a function differs.
    const both = { migrations: ['0011-a', '0012-b'], appSecret: 'arn:app' }
    const from = { ...both, code: 'edited', build: '10' }
    const to = { ...both, code: 'as it was', build: '9' }
    await invoke(cloudFormation.event('Update', { from, to }), {})
    expect(cloudFormation.answers[0]?.body).toEqual(
      answerOf('SUCCESS', 'done', 'the one of an earlier answer'),
    )
  })

  const two = ['0011-a', '0012-b']
  test.for<[what: string, goesBack: boolean, to: object, from: object]>([
    ['a rollback', true, { build: '9', migrations: two }, { build: '10', migrations: two }],
    [
      'a rollback over a migration that was applied or not',
      true,
      { build: '9', migrations: ['0011-a'] },
      { build: '10', migrations: two },
    ],
    [
      'a deploy of a release with fewer migrations',
      true,
      { build: '11', migrations: ['0011-a'] },
      { build: '10', migrations: two },
    ],
    [
      // The functions of the database become those of that code again.
      'a deploy of earlier code with the same migrations',
      false,
      { build: '11', migrations: two },
      { build: '10', migrations: two },
    ],
    [
      'a deploy with another migration',
      false,
      { build: '11', migrations: two },
      { build: '10', migrations: ['0011-a'] },
    ],
    [
      'a deploy from another branch, whose migration has the same number',
      false,
      { build: '11', migrations: ['0011-a', '0012-a'] },
      { build: '10', migrations: [...two, '0013-c'] },
    ],
    [
      'a function that was deleted and made again: its versions begin with 1',
      false,
      { build: '1', migrations: two, ServiceToken: 'arn:new' },
      { build: '10', migrations: two, ServiceToken: 'arn:old' },
    ],
    [
      'a rollback of another password',
      false,
      { build: '9', migrations: two, appSecret: 'a' },
      { build: '10', migrations: two, appSecret: 'b' },
    ],
    ['a deploy over one that said neither', false, { build: '9', migrations: two }, {}],
  ])('%s counts as applied before: %s', ([, goesBack, to, from]) => {
    expect(isGoingBack({ ResourceProperties: to, OldResourceProperties: from })).toBe(goesBack)
  })

  test('answers when its environment is wrong', async () => {
    await using cloudFormation = await startCloudFormation()
    await invoke(cloudFormation.event('Create'), { DATABASE_ARN: 'arn:cluster' })
    expect(cloudFormation.answers[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^these environment variables are wrong: .*APP_SECRET_ARN/),
    })
  })
})
