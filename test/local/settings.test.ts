import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readLimits } from '../../functions/env.ts'
import { readSettings, SettingsError } from '../../src/local/commands/settings.ts'
import { projectRoot } from '../../src/local/project-root.ts'

const key = { kid: 'a', secret: 'x'.repeat(43) }

test('returns the defaults', () => {
  expect(readSettings([], {})).toEqual({
    action: 'run',
    port: 8000,
    adminPort: 8001,
    adminTotp: 'optional',
    host: '127.0.0.1',
    database: undefined,
    dataDir: join(projectRoot, '.data'),
    trustProxy: false,
    allowedOrigins: [],
    jwtKeys: undefined,
    limits: readLimits({}),
    connectionLimits: { perAddress: 1_000, inAll: 10_000 },
    webSocketLimits: { connectsPerSecond: 500 },
    connections: undefined,
    logLevel: 'WARN',
    note: undefined,
  })
})

describe('accepts', () => {
  test.for<[name: string, argv: string[], env: Record<string, string>, expected: object]>([
    [
      'options',
      ['--port', '81', '--admin-port', '0', '--host', '::1'],
      {},
      { port: 81, adminPort: 0, host: '::1' },
    ],
    [
      'variables',
      [],
      { PORT: '82', ADMIN_PORT: '83', HOST: '0.0.0.0' },
      { port: 82, adminPort: 83, host: '0.0.0.0' },
    ],
    ['any two free ports', ['--port', '0', '--admin-port', '0'], {}, { port: 0, adminPort: 0 }],
    ['an option before its variable', ['--port=0'], { PORT: '82' }, { port: 0 }],
    ['an empty variable as none', [], { PORT: '', DATABASE_URL: '', DATA_DIR: '' }, { port: 8000 }],
    ['--help', ['--help'], {}, { action: 'help' }],
    ['--version', ['--version'], {}, { action: 'version' }],
    ['--trust-proxy', ['--trust-proxy'], {}, { trustProxy: true }],
    ['TRUST_PROXY=1', [], { TRUST_PROXY: '1' }, { trustProxy: true }],
    ['TRUST_PROXY=0', [], { TRUST_PROXY: '0' }, { trustProxy: false }],
    ['--data-dir from here', ['--data-dir', 'x'], {}, { dataDir: join(process.cwd(), 'x') }],
    ['DATA_DIR from the project', [], { DATA_DIR: 'x' }, { dataDir: join(projectRoot, 'x') }],
    [
      'the port of @connections',
      [],
      { CONNECTIONS_PORT: '8002', CONNECTIONS_KEY_FILE: '/k' },
      { connections: { port: 8002, keyFile: '/k' } },
    ],
    [
      'the address of @connections',
      [],
      { CONNECTIONS_URL: 'http://web:8002/', CONNECTIONS_KEY_FILE: '/k' },
      { connections: { url: 'http://web:8002', keyFile: '/k' } },
    ],
    [
      'origins',
      [],
      { ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173/,' },
      { allowedOrigins: ['https://a.example', 'http://localhost:5173'] },
    ],
    [
      'origins of apps',
      [],
      {
        ALLOWED_ORIGINS:
          'capacitor://localhost,ionic://localhost,tauri://localhost,http://tauri.localhost,https://localhost',
      },
      {
        allowedOrigins: [
          'capacitor://localhost',
          'ionic://localhost',
          'tauri://localhost',
          'http://tauri.localhost',
          'https://localhost',
        ],
      },
    ],
    ['JWT_KEYS', [], { JWT_KEYS: JSON.stringify({ keys: [key] }) }, { jwtKeys: [key] }],
    ['LOG_LEVEL', [], { LOG_LEVEL: 'info' }, { logLevel: 'INFO' }],
    ['ADMIN_TOTP', [], { ADMIN_TOTP: 'required' }, { adminTotp: 'required' }],
    ['an empty ADMIN_TOTP', [], { ADMIN_TOTP: '' }, { adminTotp: 'optional' }],
    [
      'limits',
      [],
      { CONNECTIONS_PER_USER: '3' },
      { limits: { ...readLimits({}), connectionsPerUser: 3 } },
    ],
    [
      'limits of open connections',
      [],
      { CONNECTIONS_PER_ADDRESS: '20', CONNECTIONS_IN_ALL: '300', NEW_SOCKETS_PER_SECOND: '7' },
      {
        connectionLimits: { perAddress: 20, inAll: 300 },
        webSocketLimits: { connectsPerSecond: 7 },
      },
    ],
    [
      'a database address',
      ['--database-url', 'postgresql://u:p@h:1/d'],
      { DATABASE_URL: 'postgresql://other/e', POSTGRES_HOST: 'third' },
      {
        database: {
          config: { connectionString: 'postgresql://u:p@h:1/d' },
          server: 'h:1',
          database: 'd',
        },
      },
    ],
    [
      'the address of a Unix socket',
      [],
      { DATABASE_URL: 'postgresql:///d?host=/run/postgresql' },
      {
        database: {
          config: { connectionString: 'postgresql:///d?host=/run/postgresql' },
          server: '/run/postgresql:5432',
          database: 'd',
        },
      },
    ],
    [
      "POSTGRES_HOST with the seed's defaults",
      [],
      { POSTGRES_HOST: 'db' },
      {
        database: {
          config: {
            host: 'db',
            port: 5432,
            user: 'postgres',
            password: 'postgres',
            database: 'quick_connect',
          },
          server: 'db:5432',
          database: 'quick_connect',
        },
      },
    ],
    [
      'all of POSTGRES_*',
      [],
      {
        POSTGRES_HOST: 'db',
        POSTGRES_PORT: '1',
        POSTGRES_USER: 'u',
        POSTGRES_PASSWORD: 'p',
        POSTGRES_DB: 'd',
      },
      {
        database: {
          config: { host: 'db', port: 1, user: 'u', password: 'p', database: 'd' },
          server: 'db:1',
          database: 'd',
        },
      },
    ],
    [
      'POSTGRES_* of docker-compose as no database, and says so',
      [],
      { POSTGRES_DB: 'd', POSTGRES_PASSWORD: 'p' },
      {
        database: undefined,
        note: 'POSTGRES_DB, POSTGRES_PASSWORD not used: they have an effect only together with POSTGRES_HOST',
      },
    ],
  ])('%s', ([, argv, env, expected]) => {
    expect(readSettings(argv, env)).toMatchObject(expected)
  })
})

describe('refuses with the name and the reason', () => {
  test.for<[argv: string[], env: Record<string, string>, message: string]>([
    [['--port', '70000'], {}, "--port is '70000': give a number from 0 to 65535"],
    [
      ['--port', '8001'],
      {},
      "PORT and ADMIN_PORT are both 8001: give the admin's pages another port with --admin-port",
    ],
    [['--admin-port', 'x'], {}, "--admin-port is 'x': give a number from 0 to 65535"],
    [
      [],
      { CONNECTIONS_PER_ADDRESS: '0' },
      "CONNECTIONS_PER_ADDRESS is '0': give a number from 1 to 9999999",
    ],
    [
      [],
      { CONNECTIONS_IN_ALL: 'many' },
      "CONNECTIONS_IN_ALL is 'many': give a number from 1 to 9999999",
    ],
    [[], { PORT: '8e3' }, "PORT is '8e3': give a number from 0 to 65535"],
    [
      ['--host', 'a b'],
      {},
      "--host is 'a b': give a name or an address of this machine, such as 127.0.0.1",
    ],
    [['--data-dir', ''], {}, "--data-dir is '': give a directory"],
    [['--nonsense'], {}, "unknown option '--nonsense': see --help"],
    [['word'], {}, "unexpected argument 'word': see --help"],
    [['--port'], {}, "option '--port <value>' argument missing: see --help"],
    [[], { TRUST_PROXY: 'maybe' }, "TRUST_PROXY is 'maybe': give 1 or 0"],
    [
      [],
      { ALLOWED_ORIGINS: 'https://a.example/path' },
      "ALLOWED_ORIGINS has 'https://a.example/path': give origins as browsers send them, such as https://chat.example.org or capacitor://localhost, with commas between them",
    ],
    [[], { ADMIN_TOTP: 'yes' }, "ADMIN_TOTP is 'yes': give optional or required"],
    [[], { LOG_LEVEL: 'loud' }, "LOG_LEVEL is 'loud': give one of DEBUG, INFO, WARN, ERROR"],
    [
      [],
      { JWT_KEYS: '{"keys":[]}' },
      'JWT_KEYS contains no keys: write {"keys":[{"kid":"<name>","secret":"<32 characters or more>"}]}, with the signing key first',
    ],
    [
      ['--database-url', 'mysql://u:secret@h/d'],
      {},
      '--database-url begins with mysql://: write postgresql://user:password@host:5432/database',
    ],
    [
      [],
      { DATABASE_URL: 'secret' },
      'DATABASE_URL is not an address: write postgresql://user:password@host:5432/database',
    ],
    [
      [],
      { DATABASE_URL: 'postgresql://h' },
      'DATABASE_URL names no database: write postgresql://user:password@host:5432/database',
    ],
    [
      [],
      { POSTGRES_HOST: 'db', POSTGRES_PASSWORD_FILE: '/nowhere' },
      "POSTGRES_PASSWORD_FILE is '/nowhere': it cannot be read (ENOENT: no such file or directory, open '/nowhere')",
    ],
    [
      [],
      { POSTGRES_HOST: 'db', POSTGRES_PASSWORD_FILE: '/dev/null' },
      "POSTGRES_PASSWORD_FILE is '/dev/null': it is empty: write the password into it",
    ],
    [
      [],
      { POSTGRES_HOST: 'db', POSTGRES_PORT: 'x' },
      "POSTGRES_PORT is 'x': give a number from 1 to 65535",
    ],
  ])('%j %j', ([argv, env, message]) => {
    expect(() => readSettings(argv, env)).toThrow(new SettingsError(message))
  })
})
