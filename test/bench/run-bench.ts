import { runProgram } from '../../src/local/commands/cli.ts'

interface Bench<Options> {
  /** Reads the command line; its error says what is wrong with it. */
  readonly read: (args: string[]) => Options
  readonly usage: string
  /** After which a benchmark that hangs is ended. */
  readonly longestMs: number
  /** What to ask for less of, then. */
  readonly advice: string
}

/** Runs a benchmark as a program, with the options of its command line. */
export async function runBench<Options>(
  { read, usage, longestMs, advice }: Bench<Options>,
  main: (options: Options) => Promise<void>,
): Promise<void> {
  let options: Options
  try {
    options = read(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exitCode = 2
    return
  }
  setTimeout(() => {
    process.stderr.write(`it took too long: ${advice}\n`)
    process.exit(1)
  }, longestMs).unref()
  await runProgram(async () => await main(options))
}
