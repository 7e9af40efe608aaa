import {
  ExecuteStatementCommand,
  type ExecuteStatementCommandOutput,
  RDSData,
  type SqlParameter,
} from '@aws-sdk/client-rds-data'
import {
  createDataApi,
  type DataApiEmulatorOptions,
} from '../../src/emulators/data-api/data-api.ts'
import { listen } from './listen.ts'

export const address = {
  resourceArn: 'arn:aws:rds:eu-central-1:000000000000:cluster:quick-connect',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:quick-connect',
}
export const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'a secret of this test' }

export interface TestDataApi extends AsyncDisposable {
  readonly url: string
  /** Makes the AWS SDK's own client for it. The client tries once, unless `overrides` say otherwise. */
  client(overrides?: object): RDSData
  /** Executes one statement with that client. */
  execute(
    sql: string,
    parameters?: SqlParameter[],
    overrides?: Partial<ExecuteStatementCommand['input']>,
  ): Promise<ExecuteStatementCommandOutput>
}

export type TestDataApiOptions = Partial<DataApiEmulatorOptions> &
  Pick<DataApiEmulatorOptions, 'connection'>

/** Starts the local Data API over a database, on a port of its own. */
export async function startDataApi(options: TestDataApiOptions): Promise<TestDataApi> {
  const api = createDataApi({ ...address, credentials, ...options })
  const listener = await listen((req, res) => api.handle(req, res))
  const url = `http://127.0.0.1:${listener.port}`
  const clients: RDSData[] = []
  function client(overrides: object = {}): RDSData {
    const made = new RDSData({
      endpoint: url,
      region: 'eu-central-1',
      credentials,
      maxAttempts: 1,
      ...overrides,
    })
    clients.push(made)
    return made
  }
  const own = client()
  return {
    url,
    client,
    execute: async (sql, parameters, overrides) =>
      await own.send(
        new ExecuteStatementCommand({
          ...address,
          sql,
          ...(parameters && { parameters }),
          ...overrides,
        }),
      ),
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.destroy()
      await listener[Symbol.asyncDispose]()
      await api.close()
    },
  }
}
