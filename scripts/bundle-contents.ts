import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FunctionName } from '../functions/routes.ts'
import type { Bundles } from './bundle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Contents {
  /** The packages that the bundle has code of. It may have code of no other package. */
  readonly packages: readonly string[]
  /** The largest size of the minified code. A cold start has to read all of it. */
  readonly maxKilobytes: number
}

const sdk = [
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-env',
  '@aws/lambda-invoke-store',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
]
const logged = ['@aws-lambda-powertools/commons', '@aws-lambda-powertools/logger']
const database = ['@aws-sdk/client-rds-data', 'kysely', 'kysely-data-api']
const sending = [
  ...sdk,
  ...logged,
  ...database,
  '@aws-lambda-powertools/metrics',
  '@aws-sdk/client-apigatewaymanagementapi',
  'zod',
]
const chat = [...sending, '@aws-sdk/client-sqs', '@aws-sdk/middleware-sdk-sqs']
const tokens = [
  '@aws-sdk/client-secrets-manager',
  'jsonwebtoken',
  // The next ones belong to jsonwebtoken.
  'buffer-equal-constant-time',
  'ecdsa-sig-formatter',
  'jwa',
  'jws',
  'lodash.includes',
  'lodash.isboolean',
  'lodash.isinteger',
  'lodash.isnumber',
  'lodash.isplainobject',
  'lodash.isstring',
  'lodash.once',
  'ms',
  'safe-buffer',
  'semver',
]

/** What each function's bundle may contain. So nobody adds a package to a bundle without noticing. */
export const bundleContents: Readonly<Record<FunctionName, Contents>> = {
  api: {
    packages: [
      ...chat,
      ...tokens,
      '@sindresorhus/transliterate',
      '@zxcvbn-ts/dictionary-compression',
      '@zxcvbn-ts/language-common',
      'bcryptjs',
      'hono',
      'otpauth',
      'uqr',
    ],
    // 410 of these are the common passwords.
    maxKilobytes: 1_400,
  },
  admin: {
    packages: [...chat, '@aws-sdk/client-secrets-manager', 'bcryptjs', 'hono', 'otpauth', 'uqr'],
    maxKilobytes: 950,
  },
  connect: { packages: [...chat, ...tokens], maxKilobytes: 750 },
  disconnect: { packages: sending, maxKilobytes: 570 },
  sendmessage: { packages: chat, maxKilobytes: 650 },
  frame: { packages: chat, maxKilobytes: 650 },
  'fan-out': { packages: sending, maxKilobytes: 580 },
  migrate: {
    packages: [...sdk, ...logged, ...database, '@aws-sdk/client-secrets-manager', 'zod'],
    maxKilobytes: 720,
  },
  'rotate-jwt-keys': {
    packages: [...sdk, '@aws-sdk/client-secrets-manager', 'zod'],
    maxKilobytes: 320,
  },
}

/** Returns what is wrong with the bundles, one line for each problem. */
export function checkBundles<Name extends string>(
  bundles: Bundles<Name>,
  expected: Readonly<Record<Name, Contents>>,
): string[] {
  return Object.entries<Contents>(expected).flatMap(([name, { packages, maxKilobytes }]) => {
    const { kilobytes, packages: found } = readContents(bundles, name)
    return [
      ...[...found.keys()]
        .filter((each) => !packages.includes(each))
        .map((each) => `${name}: has code of ${each}, which is not in its list`),
      ...packages
        .filter((each) => !found.has(each))
        .map((each) => `${name}: has no code of ${each}, which is in its list`),
      ...(kilobytes > maxKilobytes
        ? [`${name}: has ${kilobytes.toFixed(0)} kB, over its limit of ${maxKilobytes}`]
        : []),
    ]
  })
}

/** Returns the size of a bundle, and the packages that it has code of, with their bytes. */
export function readContents(
  bundles: Bundles<string>,
  name: string,
): { readonly kilobytes: number; readonly packages: ReadonlyMap<string, number> } {
  const packages = new Map<string, number>()
  for (const [path, bytes] of codeOf(bundles, name)) {
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
    if (found !== undefined) packages.set(found, (packages.get(found) ?? 0) + bytes)
  }
  return { kilobytes: outputOf(bundles, name).bytes / 1_000, packages }
}

/** A command of the AWS SDK, such as `client-sqs` and `SendMessageCommand`. */
export interface SdkCommand {
  readonly client: string
  readonly command: string
}

/** Returns the commands that a bundle can send. The function's role has to allow them. */
export function commandsIn(bundles: Bundles<string>, name: string): SdkCommand[] {
  return codeOf(bundles, name).flatMap(([path]) => {
    const [, client, command] =
      /@aws-sdk\/(client-[a-z0-9-]+)\/dist-es\/commands\/(\w+Command)\.js$/.exec(path) ?? []
    return client !== undefined && command !== undefined ? [{ client, command }] : []
  })
}

/** Returns the modules that a bundle has code of, and how many bytes. */
function codeOf(bundles: Bundles<string>, name: string): [path: string, bytes: number][] {
  return Object.entries(outputOf(bundles, name).inputs)
    .map(([path, { bytesInOutput }]): [string, number] => [path, bytesInOutput])
    .filter(([, bytes]) => bytes > 0)
}

function outputOf({ files, metafile }: Bundles<string>, name: string) {
  const output = metafile.outputs[relative(root, resolve(files[name]!))]
  if (!output) throw new Error(`there is no bundle ${name}`)
  return output
}
