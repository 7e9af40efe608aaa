import { parseOptions, readSettings, type Settings, SettingsError } from './settings.ts'

export interface CreateAdminOptions {
  readonly isHelp: boolean
  /** If undefined, the database that run.sh would use. */
  readonly stage: string | undefined
  readonly username: string | undefined
  readonly email: string | undefined
  /** Gives an existing account admin rights without asking. */
  readonly existing: boolean
  /** Turns off the account's second factor. */
  readonly resetSecondFactor: boolean
  readonly settings: Settings
}

export const usage = `
Usage: ./scripts/create-admin.sh [options]
Makes an account that may use the admin pages, or lets one that is there use them.
What is not given is asked for. The password is asked for, too, or read as a line from standard
input when that is no terminal.

Options:
  --username <name>      of the account
  --email <address>      of a new account
  --existing             do not ask whether an account that is there is to become an admin
  --reset-second-factor  turn off the two-step sign-in of an admin who has lost phone and codes
  --stage <name>         in a stage deployed on AWS, with the AWS credentials and region of this
                         terminal; without it in the database that ./scripts/run.sh would use
  --database-url <url>   of run.sh
  --data-dir <path>      of run.sh
  --help
`.trim()

export function readCreateAdminOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CreateAdminOptions {
  const {
    stage,
    username,
    email,
    existing = false,
    'reset-second-factor': resetSecondFactor = false,
    help = false,
    ...local
  } = parseOptions(argv, {
    stage: { type: 'string' },
    username: { type: 'string' },
    email: { type: 'string' },
    existing: { type: 'boolean' },
    'reset-second-factor': { type: 'boolean' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  const given = Object.entries(local).map(([name, value]) => [`--${name}`, value])
  if (stage !== undefined && given[0]) {
    throw new SettingsError(`${given[0][0]} is of this machine, --stage of AWS: give one of them`)
  }
  if (stage !== undefined && !/^[A-Za-z0-9-]{1,32}$/.test(stage)) {
    throw new SettingsError(`--stage is '${stage}': give the name of a stage, such as prod`)
  }
  return {
    isHelp: help,
    stage,
    username,
    email,
    existing,
    resetSecondFactor,
    settings: readSettings(given.flat(), env),
  }
}
