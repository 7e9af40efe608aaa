import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartError } from './start-error.ts'

/** Reads a text file that a person wrote. Some editors put a byte order mark at its beginning; it is removed. */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new StartError(`${path} is not UTF-8: save it again as UTF-8`, { cause })
  }
}

/** Loads the variables of a file in the form of .env. Variables that the environment has already are not changed. */
export function loadEnvFile(path: string, environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(parseEnv(readTextFile(path)))) {
    environment[name] ??= value
  }
}
