/** What the benchmark says about its figures: a table, what grows that may not, and the plans. */
import type { PlanNode } from '../../support/explaining-client.ts'
import { type Growth, isSteady } from './axes.ts'
import type { Figure, Plan } from './measure.ts'
import type { AxisName } from './options.ts'

export interface MeasuredSeries {
  readonly name: string
  /** One for each step. */
  readonly figures: Figure[]
  /** Those of the last step. */
  plans: readonly Plan[]
  readonly growth: Growth | undefined
}

export interface Measured {
  readonly name: AxisName
  readonly title: string
  readonly unit: string
  readonly steps: readonly number[]
  readonly series: MeasuredSeries[]
  /** The time that filling took, for each step. */
  readonly fillSeconds: number[]
  /** The server's memory in each step, in MiB. Only the axis `sockets` has a server. */
  readonly memory?: readonly number[]
}

const number = (value: number) => Math.round(value).toLocaleString('en')

function time(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0)
}

/** Returns the operations that touch more pages than they may. */
export function excesses({ title, unit, steps, series }: Measured): string[] {
  return series.flatMap(({ name, figures, growth }) =>
    steps.flatMap((size, step) => {
      const pages = figures[step]!.pages
      const first = figures[0]!.pages
      if (growth ? pages <= growth.atMost(size) : isSteady(first, pages)) return []
      const most = growth
        ? `at most ${number(growth.atMost(size))} are expected`
        : `${number(first)} with ${number(steps[0]!)}`
      return [
        `${title}: "${name}" touches ${number(pages)} pages with ${number(size)} ${unit}, ${most}`,
      ]
    }),
  )
}

const cell = (text: string) => text.padStart(18)

/** A table of an axis: in each step the pages that a call touches, and its median time. */
export function tableOf({ title, unit, steps, series, memory, fillSeconds }: Measured): string[] {
  const width = Math.max(...series.map(({ name }) => name.length)) + 10
  const row = (first: string, cells: readonly string[]) =>
    `${first.padEnd(width)}${cells.map(cell).join('')}`
  return [
    '',
    `${title}: pages touched by a call, and its time in ms`,
    row('', [...steps.map((size) => `${number(size)} ${unit}`), 'statements', 'rows read']),
    ...series.map(({ name, figures }) => {
      const last = figures.at(-1)!
      return row(name, [
        ...figures.map(({ pages, ms }) => `${number(pages)}${time(ms).padStart(9)}`),
        number(last.statements),
        ...(last.rows === undefined ? [] : [number(last.rows)]),
      ])
    }),
    ...series
      .filter(({ figures }) => figures[0]!.serverMs !== undefined)
      .map(({ name, figures }) =>
        row(
          `${name}: CPU ms`,
          figures.map(({ serverMs }) => time(serverMs!)),
        ),
      ),
    ...(memory ? [row('memory of the server, MiB', memory.map(number))] : []),
    row(
      'seconds to fill',
      fillSeconds.map((seconds) => seconds.toFixed(1)),
    ),
    ...series.flatMap(({ name, growth }) => (growth ? [`  ${name}: ${growth.why}`] : [])),
  ]
}

/** The longest text of a statement that is shown. */
const queryMax = 300

/** The plans of the last step, as a Markdown document. It is empty for an axis without plans. */
export function plansOf({ title, unit, steps, series }: Measured): string {
  const shown = series.filter(({ plans }) => plans.length > 0)
  if (shown.length === 0) return ''
  return [
    `# Plans at ${number(steps.at(-1)!)} ${unit}\n`,
    `The plans of the operations on the axis "${title}" of \`npm run bench:growth\`, which writes this page with`,
    '`--write`. [performance.md](performance.md#growth) explains the benchmark. Each statement has its number of',
    'executions in one call, and below it the plan of the execution that touched the most pages. The pages of a node',
    'include those of the nodes below it, and those of the statements of a function that it calls.\n',
    ...shown.flatMap(({ name, plans, growth }) => [
      `## ${name[0]!.toUpperCase()}${name.slice(1)}\n`,
      ...(growth ? [`${growth.why}\n`] : []),
      '```',
      ...plans.flatMap(planLines),
      '```\n',
    ]),
  ].join('\n')
}

function planLines({ query, times, rows, pages, root }: Plan): string[] {
  const text = query.length > queryMax ? `${query.slice(0, queryMax)}…` : query
  return [
    `${number(times)} × , ${number(pages)} pages, ${number(rows)} rows read:`.replace(' ,', ','),
    `  ${text}`,
    ...nodeLines(root, '    '),
    '',
  ]
}

function nodeLines(node: PlanNode, indent: string): string[] {
  const { 'Node Type': type, 'Actual Rows': rows, 'Actual Loops': loops } = node
  const on = [node['Index Name'], node['Relation Name']].filter(Boolean).join(' of ')
  const pages = node['Shared Hit Blocks'] + node['Shared Read Blocks']
  if (loops === 0) return [`${indent}${type}${on && ` ${on}`}: not executed`]
  return [
    `${indent}${type}${on && ` ${on}`}: ${number(rows)} rows × ${number(loops)}, ${number(pages)} pages`,
    ...(node.Plans ?? []).flatMap((child) => nodeLines(child, `${indent}  `)),
  ]
}
