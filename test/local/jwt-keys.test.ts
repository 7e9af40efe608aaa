import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadJwtKeys } from '../../src/local/commands/jwt-keys.ts'
import { makeTempDir } from '../support/temp-dir.ts'

test('makes a private key at the first start, and returns it later', async () => {
  await using dir = await makeTempDir()
  const dataDir = join(dir.path, 'data')
  const [first, second] = await Promise.all([loadJwtKeys(dataDir), loadJwtKeys(dataDir)])
  expect(first).toEqual(second)
  expect(Buffer.from(first[0].secret, 'base64url')).toHaveLength(32)
  expect((await stat(join(dataDir, 'jwt-keys.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
})

test('returns the keys in the order of the file', async () => {
  await using dir = await makeTempDir()
  const keys = ['new', 'old'].map((kid) => ({ kid, secret: kid.padEnd(32, '-') }))
  await writeFile(join(dir.path, 'jwt-keys.json'), JSON.stringify({ keys }), { mode: 0o600 })
  expect(await loadJwtKeys(dir.path)).toEqual(keys)
})

test('refuses keys that others may read', async () => {
  await using dir = await makeTempDir()
  await loadJwtKeys(dir.path)
  const path = join(dir.path, 'jwt-keys.json')
  await chmod(path, 0o640)
  await expect(loadJwtKeys(dir.path)).rejects.toThrow(`other users can read ${path} (mode 640)`)
})

test('refuses a broken file without showing its text', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, 'jwt-keys.json')
  await writeFile(path, '{"keys":[{"kid":"a","secret":"short"}]}', { mode: 0o600 })
  await expect(loadJwtKeys(dir.path)).rejects.toThrow(
    /^.*jwt-keys.json contains no keys: (?!.*short)/,
  )
  expect(await readFile(path, 'utf8')).toContain('short')
})
