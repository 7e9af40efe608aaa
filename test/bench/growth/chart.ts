/** Draws an axis as an SVG with two plots, both of whose axes are logarithmic. */
import type { Measured } from './report.ts'

/** The lines' colours on a light and on a dark ground, and their markers. */
const styles = [
  { light: '#1f5fd6', dark: '#86b1ff' },
  { light: '#b4530a', dark: '#ffb066' },
  { light: '#0f7b52', dark: '#5fd6a2' },
  { light: '#a3216b', dark: '#ff8cc6' },
  { light: '#5b45b8', dark: '#b9a6ff' },
  { light: '#7a6400', dark: '#e3cc5c' },
  { light: '#0b7285', dark: '#5fd0e3' },
  { light: '#9b2226', dark: '#ff9a94' },
  { light: '#4a5568', dark: '#b4bfd0' },
] as const
const markers = [
  (x: number, y: number) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0`,
  (x: number, y: number) => `M${x - 4} ${y - 4}h8v8h-8z`,
  (x: number, y: number) => `M${x} ${y - 5}l5 9h-10z`,
  (x: number, y: number) => `M${x} ${y - 5}l5 5-5 5-5-5z`,
  (x: number, y: number) => `M${x} ${y + 5}l5-9h-10z`,
] as const

interface Plot {
  readonly title: string
  readonly lines: readonly { readonly style: number; readonly values: readonly number[] }[]
}

const width = 930
const plotWidth = 370
const plotHeight = 270
const top = 78

export function drawChart({ title, unit, steps, series, memory }: Measured): string {
  const plots: Plot[] = [
    {
      title: 'pages of 8 kB that a call touches',
      lines: series.map(({ figures }, style) => ({
        style,
        values: figures.map(({ pages }) => pages),
      })),
    },
    memory
      ? { title: 'memory of the server, MiB', lines: [{ style: series.length, values: memory }] }
      : {
          title: 'median time of a call, ms',
          lines: series.map(({ figures }, style) => ({
            style,
            values: figures.map(({ ms }) => ms),
          })),
        },
  ]
  const names = [...series.map(({ name }) => name), ...(memory ? ['memory of the server'] : [])]
  const legendTop = top + plotHeight + 66
  const rows = Math.ceil(names.length / 3)
  const height = legendTop + rows * 24 + 12
  const heading = `How the cost of an operation grows with ${title === 'messages stored' ? 'the messages stored' : `the ${title}`}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">${escape(heading)}</title>
<desc id="d">${escape(describe(names, steps, unit, plots[0]!))}</desc>
<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: #1c2230 }
  .s { font-size: 12px; fill: #566073 }
  .h { font-size: 16px; font-weight: 650 }
  .b { font-weight: 650 }
  .grid { stroke: #dfe4ed }
  .edge { stroke: #8b95a8 }
  .paper { fill: #fff }
  .line { fill: none; stroke-width: 2 }
  ${colours('light')}
  @media (prefers-color-scheme: dark) {
    text { fill: #e7eaf1 } .s { fill: #a3adbf } .paper { fill: #12151c } .grid { stroke: #2b3242 } .edge { stroke: #6b7588 }
    ${colours('dark')}
  }
</style>
<rect class="paper" width="${width}" height="${height}" rx="8"/>
<text class="h" x="24" y="32">${escape(heading)}</text>
${plots.map((plot, index) => drawPlot(plot, steps, unit, 72 + index * (plotWidth + 92))).join('\n')}
${names.map((name, index) => legend(name, index, legendTop, rows)).join('\n')}
</svg>
`
}

function colours(theme: 'light' | 'dark'): string {
  return styles
    .map(
      (style, index) =>
        `.c${index} { stroke: ${style[theme]} } .f${index} { fill: ${style[theme]} }`,
    )
    .join(' ')
}

function drawPlot(
  { title, lines }: Plot,
  steps: readonly number[],
  unit: string,
  left: number,
): string {
  const values = lines.flatMap((line) => line.values).filter((value) => value > 0)
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const first = Math.log10(steps[0]!)
  const last = Math.log10(steps.at(-1)!)
  const bottom = top + plotHeight
  const xOf = (size: number) =>
    round(left + ((Math.log10(size) - first) / (last - first)) * plotWidth)
  const yOf = (value: number) =>
    round(bottom - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * plotHeight)
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  return [
    `<text class="b" x="${left}" y="${top - 16}">${escape(title)}</text>`,
    ...ticks.map(
      (tick) =>
        `<path class="grid" d="M${left} ${yOf(tick)}h${plotWidth}"/><text class="s" x="${left - 8}" y="${yOf(tick) + 4}" text-anchor="end">${short(tick)}</text>`,
    ),
    ...steps.map(
      (size) =>
        `<path class="grid" d="M${xOf(size)} ${top}v${plotHeight}"/><text class="s" x="${xOf(size)}" y="${bottom + 20}" text-anchor="middle">${short(size)}</text>`,
    ),
    `<path class="edge" fill="none" d="M${left} ${top}V${bottom}h${plotWidth}"/>`,
    `<text class="s" x="${left + plotWidth / 2}" y="${bottom + 40}" text-anchor="middle">${escape(unit)}</text>`,
    ...lines.map(({ style, values: of }) => {
      const points = of.map((value, step) => [xOf(steps[step]!), yOf(value)] as const)
      const path = points.map(([x, y], step) => `${step === 0 ? 'M' : 'L'}${x} ${y}`).join('')
      const marks = points.map(([x, y]) => markerOf(style)(x, y)).join('')
      return `<path class="line c${style % styles.length}" d="${path}"/><path class="f${style % styles.length}" d="${marks}"/>`
    }),
  ].join('\n')
}

function legend(name: string, index: number, legendTop: number, rows: number): string {
  const x = 24 + Math.floor(index / rows) * 300
  const y = legendTop + (index % rows) * 24
  const style = index % styles.length
  return `<path class="line c${style}" d="M${x} ${y}h28"/><path class="f${style}" d="${markerOf(index)(x + 14, y)}"/><text x="${x + 38}" y="${y + 4}">${escape(name)}</text>`
}

const markerOf = (style: number) => markers[style % markers.length]!

/** The text of the chart for readers who do not see it. */
function describe(
  names: readonly string[],
  steps: readonly number[],
  unit: string,
  { lines }: Plot,
): string {
  const said = lines.map(
    ({ style, values }) =>
      `${names[style]}: ${Math.round(values[0]!)} to ${Math.round(values.at(-1)!)} pages`,
  )
  return `From ${short(steps[0]!)} to ${short(steps.at(-1)!)} ${unit}. ${said.join('. ')}.`
}

function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} M`
  return value.toLocaleString('en', { maximumFractionDigits: 3 })
}

const round = (value: number) => Math.round(value * 10) / 10

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
