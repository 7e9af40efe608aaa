import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import jwt, { type JwtPayload, type SignOptions } from 'jsonwebtoken'
import { testKeys } from '../support/chat-server.ts'
import type { HttpAnswer, HttpCase } from './http-case.ts'
import type { Lazy, World } from './world.ts'

const [{ kid, secret }] = testKeys
const refused = { code: 'unauthenticated' } as const
const hour = 3_600

/** Signs a token of the member, with the changes of the case. */
function forge(
  options: SignOptions & { key?: string; claims?: Record<string, unknown> } = {},
): (world: World) => string {
  const { key = secret, claims, ...signing } = options
  return ({ member }) => {
    const { sub, sid } = jwt.decode(member.access) as JwtPayload
    const payload = { sub, sid, exp: now() + hour, ...claims }
    return jwt.sign(payload, key, { keyid: kid, ...signing })
  }
}

const now = () => Math.floor(Date.now() / 1000)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes a token with this header, and with the given signature or any. */
function assembled(header: object, signature = 'AAAA'): (world: World) => string {
  return ({ member }) => `${encode(header)}.${member.access.split('.')[1]}.${signature}`
}

/**
 * Signs with HMAC, with the public half of an RSA pair as the secret. A server that lets a token choose its algorithm
 * would accept it.
 */
function confused(world: World): string {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const spki = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'pem' })
  const head = `${encode({ alg: 'RS256', typ: 'JWT', kid })}.${world.member.access.split('.')[1]}`
  return `${head}.${jwt.sign({}, spki.toString()).split('.')[2]}`
}

function withToken(
  name: string,
  token: (world: World) => string,
  answer: HttpAnswer = refused,
): HttpCase {
  return withHeader(name, (world) => `Bearer ${token(world)}`, answer)
}

function withHeader(
  name: string,
  authorization: (world: World) => string | string[],
  answer: HttpAnswer = refused,
): HttpCase {
  const headers: Lazy<Record<string, string | string[]>> = (world) => ({
    Authorization: authorization(world),
  })
  return { name: `[C5] ${name}`, as: 'nobody', path: '/api/rooms/', headers, answer }
}

const access = ({ member }: World) => member.access

export const tokenCases: readonly HttpCase[] = [
  { name: '[C5] refuses who shows no token', as: 'nobody', path: '/api/rooms/', answer: refused },
  withHeader('refuses Bearer without a token', () => 'Bearer'),
  withHeader('refuses Bearer and a space', () => 'Bearer '),
  withHeader('refuses an empty header', () => ''),
  withHeader('refuses Basic', () => `Basic ${btoa('mallory:correct horse battery')}`),
  withHeader('refuses a token without Bearer', access),
  withHeader('refuses two tokens', (world) => `Bearer ${access(world)} ${access(world)}`),
  withHeader('refuses two headers', (world) => [
    `Bearer ${access(world)}`,
    `Bearer ${access(world)}`,
  ]),
  withHeader('refuses a token in quotes', (world) => `Bearer "${access(world)}"`),
  {
    name: '[C5] accepts no token from the query string',
    as: 'nobody',
    path: ({ member }) => `/api/rooms/?access_token=${member.access}&token=${member.access}`,
    answer: refused,
  },
  {
    name: '[C5] accepts no token from a cookie',
    as: 'nobody',
    path: '/api/rooms/',
    headers: ({ member }) => ({ Cookie: `access=${member.access}; token=${member.access}` }),
    answer: refused,
  },
  {
    name: '[C5] accepts no token from a body',
    as: 'nobody',
    path: '/api/rooms/',
    body: ({ member }) => ({ title: 'A room', access: member.access }),
    answer: refused,
  },
  withToken('refuses a word', () => 'nonsense'),
  withToken('refuses three dots', () => '...'),
  withToken('refuses JSON for a token', () => '{"sub":"1","sid":1}'),
  withToken('refuses a refresh token', ({ member }) => member.refresh),
  withToken('refuses a token of another key', forge({ key: 'another secret, as long as ours' })),
  withToken('refuses a token of an empty key', (world) =>
    assembled({ alg: 'HS256', typ: 'JWT', kid })(world),
  ),
  withToken('refuses a token that has expired', forge({ claims: { exp: now() - 1 } })),
  withToken('refuses a token that is not good yet', forge({ claims: { nbf: now() + hour } })),
  withToken('refuses a token without a signature', (world) => access(world).replace(/[^.]+$/, '')),
  withToken('refuses a signature of which a bit is turned', (world) =>
    access(world).replace(
      /\.(.)([^.]+)$/,
      (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
    ),
  ),
  withToken('refuses other claims under a good signature', ({ member }) => {
    const [head, , signature] = member.access.split('.')
    return `${head}.${encode({ sub: '2', sid: 2, exp: now() + hour })}.${signature}`
  }),
  withToken('refuses alg none', assembled({ alg: 'none', typ: 'JWT', kid }, '')),
  withToken('refuses alg None with a signature', assembled({ alg: 'None', typ: 'JWT', kid })),
  withToken('refuses HS512 with our secret', forge({ algorithm: 'HS512' })),
  withToken('refuses HS384 with our secret', forge({ algorithm: 'HS384' })),
  withToken('refuses a header of RS256', confused),
  withToken('refuses an unknown kid', forge({ keyid: 'other' })),
  withToken('refuses a kid that is a path', forge({ keyid: '../../../dev/null' })),
  withToken('refuses a kid that is SQL', forge({ keyid: "test' or '1'='1" })),
  withToken('refuses a kid that is an object', assembled({ alg: 'HS256', kid: { test: 1 } })),
  withToken('refuses a missing kid', assembled({ alg: 'HS256', typ: 'JWT' })),
  withToken('refuses a key that the token brings along', (world) =>
    jwt.sign(jwt.decode(access(world)) as JwtPayload, 'a secret of the token itself, long', {
      header: { alg: 'HS256', kid, jku: 'http://127.0.0.1:1/keys' },
    }),
  ),
  withToken('refuses a sub that is not an id', forge({ claims: { sub: 'mallory' } })),
  withToken('refuses a sub that is SQL', forge({ claims: { sub: '1 or 1=1' } })),
  withToken('refuses a missing sub', forge({ claims: { sub: undefined } })),
  withToken('refuses a sid that is a text', forge({ claims: { sid: '1' } })),
  withToken('refuses a sid of 0', forge({ claims: { sid: 0 } })),
  withToken('refuses a sid past all numbers', forge({ claims: { sid: 2 ** 53 } })),
  withToken('refuses a missing sid', forge({ claims: { sid: undefined } })),
  withToken('finds no session 2^53-1', forge({ claims: { sid: 2 ** 53 - 1 } }), {
    code: 'session_revoked',
  }),
  withToken('refuses a token of 9 KB', () => 'x'.repeat(9_000)),
  // The gateway's limit: request line and headers have at most 10,240 bytes.
  withToken('refuses a token of 12 KB at the gateway', () => 'x'.repeat(12_000), {
    status: 431,
    message: 'Request Header Fields Too Large',
  }),
  withToken('refuses a token of 100 KB before the gateway', () => 'x'.repeat(100_000), {
    status: 431,
  }),
]
