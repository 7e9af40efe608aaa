import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartError } from './start-error.ts'

/** A text that somebody wrote: some editors begin it with a byte order mark, which is left out. */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new StartError(`${path} is not UTF-8: save it again as UTF-8`, { cause })
  }
}

/** The variables of a file in the form of .env. What is set in the environment stands. */
export function loadEnvFile(path: string, environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(parseEnv(readTextFile(path)))) {
    environment[name] ??= value
  }
}
