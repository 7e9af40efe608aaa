import { parseOrThrow } from '../../../functions/parse.ts'
import {
  createAdmin,
  findAccount,
  makeAdmin,
  resetSecondFactor,
} from '../../core/accounts/create-admin.ts'
import type { Db } from '../../core/database/database.ts'
import type { PasswordHasher } from '../../core/ports.ts'
import { registerRequest } from '../../protocol/accounts.ts'
import type { CreateAdminOptions } from './create-admin-options.ts'
import type { Prompt } from './prompt.ts'
import { StartError } from '../machine/start-error.ts'

/**
 * Gives the account of the options admin rights, and creates the account if it is missing. Or turns off an admin's
 * second factor. Returns one line that tells the result.
 */
export async function makeAdminAccount(
  db: Db,
  passwords: PasswordHasher,
  prompt: Prompt,
  options: Pick<CreateAdminOptions, 'username' | 'email' | 'existing'> &
    Partial<Pick<CreateAdminOptions, 'resetSecondFactor'>>,
): Promise<string> {
  const { username } = parseOrThrow(registerRequest.pick({ username: true }), {
    username: options.username ?? (await ask(prompt, 'username')),
  })
  const known = await findAccount(db, username)
  if (known?.suspended_at) {
    throw new StartError(`${known.username} is suspended: give another username`)
  }
  if (options.resetSecondFactor) {
    if (!known?.is_admin) {
      throw new StartError(`${username} is not an admin: give the username of an admin`)
    }
    return (await resetSecondFactor(db, known.id))
      ? `${known.username} now signs in with only the password, and can set up two-step sign-in again`
      : `${known.username} has no two-step sign-in: nothing was changed`
  }
  if (known?.is_admin) return `${known.username} is an admin already`
  if (known) {
    if (!options.existing) await confirm(prompt, known.username)
    await makeAdmin(db, known.id)
    return `${known.username} is an admin now`
  }
  const { email } = parseOrThrow(registerRequest.pick({ email: true }), {
    email: options.email ?? (await ask(prompt, 'email')),
  })
  const request = { username, email, password: await prompt.readNewPassword() }
  const user = await createAdmin(db, passwords, parseOrThrow(registerRequest, request))
  return `the admin account ${user.username} is created`
}

const questions = { username: 'Username: ', email: 'Email address: ' }

async function ask(prompt: Prompt, option: keyof typeof questions): Promise<string> {
  if (prompt.isInteractive) return await prompt.ask(questions[option])
  throw new StartError(`standard input is not a terminal: give --${option}`)
}

async function confirm(prompt: Prompt, username: string): Promise<void> {
  if (!prompt.isInteractive) {
    throw new StartError(
      `the username ${username} is taken: give another, or --existing to make that account an admin`,
    )
  }
  const answer = await prompt.ask(`${username} has an account. Make it an admin? [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new StartError(`${username} was left as it is`)
}
