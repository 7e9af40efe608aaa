import { parseOptions, readSettings, type ServerSettings, SettingsError } from './settings.ts'

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
  readonly settings: ServerSettings
}

export const usage = `
Usage: ./scripts/create-admin.sh [options]
Creates an admin account, or makes an existing account an admin. It asks for missing options and for
the password. When standard input is not a terminal, it reads the password as one line from there.

Options:
  --username <name>      the username of the account
  --email <address>      the email address of a new account
  --existing             make an existing account an admin without asking
  --reset-second-factor  turn off the two-step sign-in of an admin who has lost the phone and the codes
  --stage <name>         use a stage on AWS, with the AWS credentials and the Region of this terminal;
                         without it, use the database of ./scripts/run.sh
  --database-url <url>   as in run.sh
  --data-dir <path>      as in run.sh
  --help                 show this text
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
    throw new SettingsError(
      `${given[0][0]} is for this machine, and --stage for AWS: give only one of them`,
    )
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
