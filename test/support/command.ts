import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectRoot } from '../../src/local/project-root.ts'

/** These are set to nothing, so that a developer's own .env does not reach the tests. */
const noSettings = Object.fromEntries(
  [
    'DATABASE_URL',
    'DATA_DIR',
    'POSTGRES_HOST',
    'POSTGRES_DB',
    'POSTGRES_USER',
    'POSTGRES_PASSWORD',
    'POSTGRES_PASSWORD_FILE',
    'PORT',
    'HOST',
    'TRUST_PROXY',
    'ALLOWED_ORIGINS',
    'JWT_KEYS',
    'LOG_LEVEL',
  ].map((name) => [name, '']),
)

export interface Exit {
  readonly code: number | null
  readonly stdout: string[]
  readonly stderr: string[]
}

export interface Command extends AsyncDisposable {
  readonly pid: number
  /** Returns the first line of standard output that matches. Rejects when the command ends before. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  /** Its lines so far: those of standard output, then those of standard error. */
  said(): readonly string[]
  readonly exit: Promise<Exit>
}

/** Starts a script of scripts/ as a person would in a terminal. */
export function startCommand(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Command {
  const child = spawn(join(projectRoot, 'scripts', script), args, {
    env: { ...process.env, ...noSettings, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that does not read its input may have ended already.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const stdout: string[] = []
  const stderr: string[] = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => stdout.push(line))
  createInterface(child.stderr).on('line', (line) => stderr.push(line))
  const exit = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }))

  return {
    pid: child.pid ?? 0,
    async line(pattern) {
      const find = () => stdout.map((line) => pattern.exec(line)).find((match) => match !== null)
      let ended = false
      void exit.finally(() => (ended = true))
      for (;;) {
        const match = find()
        if (match) return match
        if (ended) throw new Error(`no line ${pattern} in: ${[...stdout, ...stderr].join('\n')}`)
        await Promise.race([once(lines, 'line'), exit])
      }
    },
    kill: (signal) => child.kill(signal),
    said: () => [...stdout, ...stderr],
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exit
    },
  }
}

export async function runCommand(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Exit> {
  await using command = startCommand(script, args, env, input)
  return await command.exit
}
