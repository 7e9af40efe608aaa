import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeJwtKey, parseJwtKeys } from '../../core/identity/jwt-keys.ts'
import type { JwtKeys } from '../../core/ports.ts'
import { explainAccess, makeDataDir } from '../machine/data-dir.ts'
import { createPrivateFile } from '../machine/private-file.ts'
import { StartError } from '../machine/start-error.ts'
import { readTextFile } from '../machine/text-file.ts'

/** The keys cannot be used. */
export class JwtKeysError extends StartError {}

/** Parses keys. An error names `source`, but never contains the text. */
export function readJwtKeysFrom(text: string, source: string): JwtKeys {
  try {
    return parseJwtKeys(text)
  } catch (cause) {
    throw new JwtKeysError(
      `${source} contains no keys: write {"keys":[{"kid":"<name>","secret":"<32 characters or more>"}]}, with the signing key first`,
      { cause },
    )
  }
}

/**
 * Reads the keys of `<dataDir>/jwt-keys.json`. The first start creates this file. To rotate keys, put a new key
 * before the old one. Remove the old key when its tokens have expired.
 */
export async function loadJwtKeys(dataDir: string): Promise<JwtKeys> {
  const path = join(await makeDataDir(dataDir), 'jwt-keys.json')
  return loadFile(path).catch(explainAccess(dataDir))
}

async function loadFile(path: string): Promise<JwtKeys> {
  await createPrivateFile(path, `${JSON.stringify({ keys: [makeJwtKey()] }, undefined, 2)}\n`)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new JwtKeysError(
      `other users can read ${path} (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it, or delete it if somebody may have read it`,
    )
  }
  return readJwtKeysFrom(readTextFile(path), path)
}
