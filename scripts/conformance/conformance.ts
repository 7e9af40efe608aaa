/**
 * Checks the rules of docs/protocol.md on a server: see docs/conformance.md.
 *
 *   npm run conformance -- URL
 */
import { parseArgs } from 'node:util'
import { ruleTitles } from './checks.ts'
import { createHttp } from './http.ts'
import { exitCodeOf, type RunReport, type RuleResult, runConformance } from './run.ts'

const help = `Usage: npm run conformance -- [options] URL

Checks the rules of docs/protocol.md on the server at URL, such as http://localhost:8000, and reports each rule.
It registers some users. At the end, also after Ctrl-C, it deletes them and their rooms.

  --only M3,W5   check only these rules
  --json         write the report as JSON
  --origin URL   one of the server's ALLOWED_ORIGINS, for C9; the default is the origin of URL
  --help         show this text

The exit status is 0 when all rules hold, 1 when a rule does not hold or could not be checked, and 2 when the
arguments are wrong or no server answers.
`

export class UsageError extends Error {}

const isRule = new Set(Object.keys(ruleTitles))

interface Arguments {
  readonly url: string
  readonly only: string[] | undefined
  readonly json: boolean
  readonly origin: string | undefined
}

/** Returns null when the user only asks for help. */
export function readArguments(args: string[]): Arguments | null {
  const { values, positionals } = parseStrictly(args)
  if (values.help) return null
  const [given, ...more] = positionals
  if (given === undefined)
    throw new UsageError('give the URL of a server, such as http://localhost:8000')
  if (more.length > 0)
    throw new UsageError(`give one URL instead of ${positionals.length}: ${positionals.join(' ')}`)
  const url = URL.parse(given)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `${given} is not the URL of a server: it must begin with http:// or https://`,
    )
  }
  if (url.username !== '' || url.password !== '')
    throw new UsageError('remove the name and the password from the URL')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`give the URL without a path: ${url.origin}`)
  }
  const only = values.only?.split(',').map((rule) => rule.trim().toUpperCase())
  const unknown = only?.filter((rule) => !isRule.has(rule)) ?? []
  if (unknown.length > 0) {
    throw new UsageError(
      `there is no rule ${unknown.join(', ') || 'without a name'}: the rules are ${[...isRule].join(', ')}`,
    )
  }
  return { url: url.origin, only, json: values.json, origin: values.origin }
}

function parseStrictly(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        origin: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Checks that something answers at all. Otherwise there is nothing to check. */
async function reach(url: string): Promise<void> {
  const http = createHttp(new URL(url))
  const request = { method: 'GET', path: '/api/health/', headers: {} }
  const timeout = AbortSignal.timeout(10_000)
  try {
    await http.exchange(request, timeout)
  } catch (error) {
    // The message is empty when a name has several addresses and all of them failed.
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const text = error instanceof Error && error.message !== '' ? error.message : code
    const why = timeout.aborted ? 'nothing came within 10 s' : text
    throw new UsageError(`no server answers at ${url} (${why}): start it, or correct the URL`)
  } finally {
    http.close()
  }
}

const marks = { holds: 'ok  ', 'does not hold': 'FAIL', 'could not be tried': '-   ' } as const

function renderRule({ rule, title, verdict, checks, beyond }: RuleResult): string {
  const lines = [
    `${marks[verdict]} ${rule.padEnd(3)} ${title}${verdict === 'could not be tried' ? ': could not be tried' : ''}`,
  ]
  for (const check of checks) {
    if (check.verdict === 'does not hold') {
      lines.push(`         ${check.title}: does not hold`)
      lines.push(`           expected: ${check.expected}`, `           seen:     ${check.seen}`)
    } else if (check.verdict === 'could not be tried') {
      lines.push(`         ${check.title}: could not be tried: ${check.why}`)
    }
  }
  if (checks.length === 0) for (const why of beyond) lines.push(`         ${why}`)
  return `${lines.join('\n')}\n`
}

function renderSummary({ rules, seconds, cleanedUp }: RunReport): string {
  const count = (verdict: string) => rules.filter((rule) => rule.verdict === verdict).length
  const checks = rules.flatMap((rule) => rule.checks)
  const untried = checks.filter(({ verdict }) => verdict === 'could not be tried').length
  const lines = [
    '',
    `${count('holds')} rules hold, ${count('does not hold')} do not, ${count('could not be tried')} could not be tried; ` +
      `${checks.length} checks${untried > 0 ? `, of which ${untried} could not be tried,` : ''} in ${seconds.toFixed(1)} s`,
    `deleted: ${cleanedUp.accounts} accounts, ${cleanedUp.rooms} rooms`,
  ]
  for (const each of cleanedUp.left) lines.push(`not deleted: ${each}`)
  return `${lines.join('\n')}\n`
}

async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2))
  if (!read) {
    process.stdout.write(help)
    return 0
  }
  const { url, only, json, origin } = read
  await reach(url)
  const interrupt = new AbortController()
  let first = 0
  const onSignal = () => {
    if (interrupt.signal.aborted) {
      // npm passes on a Ctrl-C that the terminal has already sent.
      if (performance.now() - first < 1_000) return
      process.stderr.write(
        'stopped at once: users with names like conf_… may remain on the server\n',
      )
      process.exit(1)
    }
    first = performance.now()
    process.stderr.write(
      'stopping: deleting the users and rooms of this run (press Ctrl-C again to keep them)\n',
    )
    interrupt.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const report = await runConformance({
    url,
    only,
    origin,
    interrupt: interrupt.signal,
    onWait: (text) => process.stderr.write(`${text}\n`),
    onRule: (result) => json || process.stdout.write(renderRule(result)),
  })
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderSummary(report))
  return exitCodeOf(report)
}

if (import.meta.main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}
