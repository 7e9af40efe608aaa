import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { projectRoot } from '../../src/local/project-root.ts'
import { startCommand } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const service = z.object({
  environment: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()),
  entrypoint: z.array(z.string()).default([]),
})
const file = z.object({
  services: z.object({ db: service, web: service, admin: service }),
  volumes: z.record(z.string(), z.null()),
})

const text = await readFile(join(projectRoot, 'docker-compose.yml'), 'utf8')
const { services, volumes } = file.parse(parse(text, { merge: true }))
const { db, web, admin } = services

describe('docker-compose.yml', () => {
  test('publishes no port of the database', () => {
    expect(db.ports).toEqual([])
  })

  test('publishes the other ports only to this machine, because they believe X-Forwarded-For', () => {
    for (const { environment, ports } of [web, admin]) {
      expect(environment['TRUST_PROXY']).toBe('${TRUST_PROXY:-1}')
      expect(ports).toHaveLength(1)
      expect(ports[0]).toMatch(/^127\.0\.0\.1:/)
    }
  })

  test('has the admin\'s pages on port 8001 as a separate service, which reaches the sockets of "web"', () => {
    expect(admin.ports[0]).toMatch(/:8001$/)
    expect(web.ports[0]).toMatch(/:8000$/)
    const port = web.environment['CONNECTIONS_PORT']
    expect(admin.environment['CONNECTIONS_URL']).toBe(`http://web:${port}`)
    expect(admin.environment['CONNECTIONS_PORT']).toBe('')
    for (const { environment, volumes: mounted } of [web, admin]) {
      expect(environment['CONNECTIONS_KEY_FILE']).toBe('/connections/key')
      expect(mounted).toContain('connections_key:/connections')
    }
    // Only "web" signs access tokens.
    expect(admin.volumes).not.toContain('quick_connect_data:/data')
  })

  test('has no password in it, and both services use the one of the volume', () => {
    for (const { environment } of [db, web, admin]) {
      expect(environment).not.toHaveProperty('POSTGRES_PASSWORD')
      expect(environment['POSTGRES_PASSWORD_FILE']).toBe('/run/database/password')
    }
    expect(db.volumes).toContain('database_password:/run/database')
    expect(web.volumes).toContain('database_password:/run/database:ro')
    expect(volumes).toHaveProperty('database_password')
  })

  test('passes on every setting of .env.example', async () => {
    const example = await readFile(join(projectRoot, '.env.example'), 'utf8')
    const names = [...example.matchAll(/^#?([A-Z][A-Z_]*)=/gm)].map(([, name]) => name!)
    // Only run.sh uses these: the containers have their own database and data.
    const others = ['DATABASE_URL', 'DATA_DIR', 'POSTGRES_PASSWORD', 'CONNECTIONS_URL']
    const missing = names.filter((name) => !(name in web.environment) && !others.includes(name))
    expect(names.length).toBeGreaterThan(15)
    expect(missing).toEqual([])
  })
})

/** Runs the database's entrypoint with a program in place of the image's. */
async function start(directory: string, passwordFile: string): Promise<string[]> {
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'docker-entrypoint.sh'), '#!/bin/sh\nprintf "%s\\n" "$@"\n')
  await chmod(join(bin, 'docker-entrypoint.sh'), 0o755)
  const [program, ...args] = db.entrypoint.map((word) => word.replaceAll('$$', '$'))
  const { stdout } = await promisify(execFile)(program!, [...args, 'postgres', '-c', 'a=b c'], {
    env: { PATH: `${bin}:${process.env['PATH']}`, POSTGRES_PASSWORD_FILE: passwordFile },
  })
  return stdout.trimEnd().split('\n')
}

describe("the database's entrypoint", () => {
  test('makes a password once, a different one for each installation, and starts the command', async () => {
    const passwords = new Set<string>()
    for (let installation = 0; installation < 2; installation += 1) {
      await using dir = await makeTempDir()
      const path = join(dir.path, 'password')
      // An earlier start was interrupted.
      await writeFile(`${path}.new`, 'half')
      expect(await start(dir.path, path)).toEqual(['postgres', '-c', 'a=b c'])
      const password = await readFile(path, 'utf8')
      expect(Buffer.from(password, 'base64')).toHaveLength(32)
      // "web" reads the file as another user, and nobody may write it.
      expect((await stat(path)).mode & 0o777).toBe(0o444)
      expect(await start(dir.path, path)).toEqual(['postgres', '-c', 'a=b c'])
      expect(await readFile(path, 'utf8')).toBe(password)
      passwords.add(password)
    }
    expect(passwords.size).toBe(2)
  })
})

describe('the image', () => {
  test('has the compiled program: neither server compiles anything when it starts', async () => {
    const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8')
    // Node keeps the compiled program for each user, so it must be the user that runs the servers.
    const [, cachePath, commands] =
      /^USER node$[^]*^ENV NODE_COMPILE_CACHE=(\S+)$\n^RUN ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? []
    expect(cachePath).toMatch(/^\/home\/node\//)
    expect(dockerfile.indexOf('COPY --from=page')).toBeLessThan(dockerfile.indexOf(commands!))

    await using dir = await makeTempDir()
    await using database = await createTestDatabase()
    const cache = join(dir.path, 'cache')
    await promisify(execFile)('sh', ['-euc', commands!], {
      cwd: projectRoot,
      env: {
        PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH']}`,
        NODE_COMPILE_CACHE: cache,
      },
    })
    const compiled = await readdir(cache, { recursive: true })
    expect(compiled.length).toBeGreaterThan(500)

    const { host, port, user, password, database: name } = database.connection
    const environment = {
      NODE_COMPILE_CACHE: cache,
      NODE_ENV: 'production',
      POSTGRES_HOST: host,
      POSTGRES_PORT: String(port),
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: name,
      DATA_DIR: join(dir.path, 'data'),
      PORT: '0',
      ADMIN_PORT: '0',
      CONNECTIONS_KEY_FILE: join(dir.path, 'key'),
    }
    const serve = async (own: Record<string, string>) => {
      const args = ['src/local/commands/run.ts']
      await using server = startCommand('../node_modules/.bin/node', args, {
        ...environment,
        ...own,
      })
      await server.line(/^press Ctrl-C to stop$/)
      server.kill('SIGTERM')
      return (await server.exit).code
    }
    const [chat, pages] = [{ CONNECTIONS_PORT: '0' }, { CONNECTIONS_URL: 'http://127.0.0.1:9' }]
    expect(await Promise.all([serve(chat), serve(pages)])).toEqual([0, 0])
    // Node writes what it has compiled when it ends.
    expect(await readdir(cache, { recursive: true })).toEqual(compiled)
  })
})
