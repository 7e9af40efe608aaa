import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadJwtKeys } from '../../src/local/commands/jwt-keys.ts'
import { StartError } from '../../src/local/machine/start-error.ts'
import { loadEnvFile } from '../../src/local/machine/text-file.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const bom = '\uFEFF'

test.for([
  ['with a byte order mark', bom, '\n'],
  ['with a byte order mark and the line ends of Windows', bom, '\r\n'],
  ['without one', '', '\n'],
])('reads .env %s', async ([, start, end]) => {
  await using dir = await makeTempDir()
  const path = join(dir.path, '.env')
  const lines = ['PORT=81', '# A comment', 'HOST="::1"', 'LOG_LEVEL=INFO', 'TITLE=Café', '']
  await writeFile(path, start + lines.join(end))
  const environment: NodeJS.ProcessEnv = { LOG_LEVEL: 'ERROR', HOST: '' }
  loadEnvFile(path, environment)
  // What is set in the environment stands, also as nothing.
  expect(environment).toEqual({ PORT: '81', HOST: '', LOG_LEVEL: 'ERROR', TITLE: 'Café' })
})

test('says in one line that .env is not UTF-8', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, '.env')
  for (const bytes of [
    Buffer.from(`${bom}PORT=81\n`, 'utf16le'),
    Buffer.from('TITLE=Caf\xe9\n', 'latin1'),
  ]) {
    await writeFile(path, bytes)
    expect(() => loadEnvFile(path, {})).toThrow(
      new StartError(`${path} is not UTF-8: save it again as UTF-8`),
    )
  }
})

test('reads jwt-keys.json with a byte order mark', async () => {
  await using dir = await makeTempDir()
  const keys = [{ kid: 'a', secret: 'x'.repeat(32) }]
  const path = join(dir.path, 'jwt-keys.json')
  await writeFile(path, bom + JSON.stringify({ keys }), { mode: 0o600 })
  expect(await loadJwtKeys(dir.path)).toEqual(keys)
})
