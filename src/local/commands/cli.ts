import { existsSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../../package.json' with { type: 'json' }
import { projectRoot } from '../project-root.ts'
import { readSettings, type ServerSettings, settingsHelp, SettingsError } from './settings.ts'
import { StartError } from '../machine/start-error.ts'
import { loadEnvFile } from '../machine/text-file.ts'

/**
 * Runs a command with the settings from its options, the environment and the project's .env, and prints its errors.
 * An error that the user can correct is one line. After a bad option the exit code is 2.
 */
export async function runCommand(
  usage: string,
  command: (settings: ServerSettings) => Promise<void>,
): Promise<void> {
  await runProgram(async () => {
    const settings = readSettings(process.argv.slice(2), process.env)
    if (settings.action === 'help') return say(`${usage}\n\n${settingsHelp}`)
    if (settings.action === 'version') return say(`quick-connect ${packageJson.version}`)
    await command(settings)
  })
}

/** Does the same for a program with options of its own. */
export async function runProgram(program: () => Promise<void>): Promise<void> {
  try {
    const file = join(projectRoot, '.env')
    if (existsSync(file)) loadEnvFile(file, process.env)
    await program()
  } catch (error) {
    process.exitCode = error instanceof SettingsError ? 2 : 1
    const text = error instanceof StartError ? error.message : fault(error)
    process.stderr.write(`${text}\n`)
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** This error was not foreseen. A developer needs the stack to repair it. */
function fault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
