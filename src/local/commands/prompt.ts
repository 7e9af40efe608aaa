import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ReadStream, WriteStream } from 'node:tty'
import { normalizePassword } from '../../protocol/passwords.ts'
import { StartError } from '../machine/start-error.ts'

/** The user pressed Ctrl-C, or the input ended, at a question. */
export class StoppedError extends Error {}

export interface Prompt {
  /** Whether there is a terminal where a user can answer. */
  readonly isInteractive: boolean
  ask(question: string): Promise<string>
  /** Asks for the password twice, without echo. If the input is not a terminal, returns its first line. */
  readNewPassword(): Promise<string>
}

export interface PromptStreams {
  readonly input: Pick<ReadStream, 'isTTY'> & NodeJS.ReadableStream
  /** The stream that gets the questions. */
  readonly output: Pick<WriteStream, 'write'>
}

/** Asks the user at the terminal. Questions go to standard error, so that the output can be piped. */
export function createPrompt(
  { input, output }: PromptStreams = { input: process.stdin, output: process.stderr },
): Prompt {
  const isInteractive = input.isTTY

  async function ask(question: string, isSecret = false): Promise<string> {
    const echo = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (!isSecret) output.write(chunk)
        done()
      },
    })
    const terminal = createInterface({ input, output: echo, terminal: true, historySize: 0 })
    const closed = Promise.withResolvers<never>()
    terminal.once('close', () => closed.reject(new StoppedError('the input ended')))
    if (isSecret) output.write(question)
    try {
      return await Promise.race([terminal.question(isSecret ? '' : question), closed.promise])
    } catch (cause) {
      // The user pressed Ctrl-C or Ctrl-D.
      if (!isSecret) output.write('\n')
      throw new StoppedError('stopped', { cause })
    } finally {
      if (isSecret) output.write('\n')
      terminal.close()
    }
  }

  return {
    isInteractive,
    ask,
    async readNewPassword() {
      if (!isInteractive) {
        const [line = ''] = (await text(input)).split(/\r?\n/)
        if (line === '')
          throw new StartError('there is no password on standard input: give it as a line')
        return line
      }
      const password = await ask('Password: ', true)
      const again = await ask('Password, again: ', true)
      if (normalizePassword(password) !== normalizePassword(again)) {
        throw new StartError('the two passwords differ: start again')
      }
      return password
    },
  }
}
