/**
 * Measures the processor time of a post to a connection in a handler on AWS: once with the SDK as it comes, and once
 * with the client of this project, in turns. A process of its own answers like the management API. docs/performance.md
 * explains the figures.
 *
 *   npm run bench:posts [-- --posts 5000] [--rounds 5] [--json]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createConnectionCalls } from '../../src/aws/connection-calls.ts'
import { createManagementClient } from '../../src/aws/management-client.ts'
import { say } from '../../src/local/commands/cli.ts'
import { runBench } from './run-bench.ts'

interface Options {
  readonly posts: number
  readonly rounds: number
  readonly json: boolean
}

const serverArgument = '--answer-like-the-api'
const usage = 'usage: npm run bench:posts -- [--posts 5000] [--rounds 5] [--json]'

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      posts: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  })
  const [posts, rounds] = [Number(values.posts), Number(values.rounds)]
  if (!Number.isInteger(posts) || posts < 100 || posts > 1_000_000) {
    throw new Error('--posts takes a whole number from 100 to 1000000')
  }
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) {
    throw new Error('--rounds takes a whole number from 1 to 20')
  }
  return { posts, rounds, json: values.json }
}

/** An event of a message of 100 characters takes so many bytes. */
const data = Buffer.from('x'.repeat(400))

async function main({ posts, rounds, json }: Options): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), [serverArgument])
  try {
    const [port]: unknown[] = await once(server, 'message')
    const config = {
      endpoint: `http://127.0.0.1:${String(port)}/prod`,
      region: 'eu-central-1',
      // Lambda's token is about as long.
      credentials: {
        accessKeyId: 'AKIDBENCH',
        secretAccessKey: 'a secret of the benchmark',
        sessionToken: 'token'.repeat(160),
      },
    }
    const measured = {
      sdk: measure(new ApiGatewayManagementApiClient(config)),
      ours: measure(createManagementClient(config)),
    }
    const found: { sdk: number; ours: number }[] = []
    // The first rounds only make V8 compile the code.
    for (let round = -1; round <= rounds; round++) {
      const cpu = { sdk: await measured.sdk(posts), ours: await measured.ours(posts) }
      if (round > 0) found.push(cpu)
    }
    const result = {
      posts,
      rounds,
      sdk: median(found.map(({ sdk }) => sdk)),
      ours: median(found.map(({ ours }) => ours)),
      ratio: median(found.map(({ sdk, ours }) => ours / sdk)),
    }
    if (json) return say(JSON.stringify(result, null, 2))
    say('CPU ms a post (medians)')
    say(`  the SDK as it comes  ${result.sdk.toFixed(3)}`)
    say(`  this project         ${result.ours.toFixed(3)}`)
    say(`  ratio                ${result.ratio.toFixed(2)}`)
  } finally {
    server.kill()
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

/** Returns a function that makes posts, and returns the milliseconds of processor time for each. */
function measure(client: ApiGatewayManagementApiClient): (posts: number) => Promise<number> {
  const calls = createConnectionCalls({ client })
  return async (posts) => {
    const ids = Array.from({ length: posts }, (_, n) => `${n}fOmSwMCJiA=`.padStart(16, 'D'))
    const before = process.cpuUsage()
    const { error } = await calls.forEach(ids, (ConnectionId) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data: data })),
    )
    const { user, system } = process.cpuUsage(before)
    if (error !== undefined) throw error
    return (user + system) / 1_000 / posts
  }
}

function answerLikeTheApi(): void {
  const server = createServer((req, res) => {
    req.resume()
    req.on('end', () => {
      res.writeHead(200, { 'x-amzn-RequestId': 'a request', 'content-length': 0 }).end()
    })
  })
  server.listen(0, '127.0.0.1', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has such an address
    process.send?.((server.address() as AddressInfo).port)
  })
  process.once('disconnect', () => process.exit())
}

if (process.argv.includes(serverArgument)) answerLikeTheApi()
else {
  await runBench(
    { read: readOptions, usage, longestMs: 10 * 60_000, advice: 'make fewer --posts' },
    main,
  )
}
