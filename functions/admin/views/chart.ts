import { html, type Html, number } from '../html.ts'

interface Bar {
  readonly label: string
  readonly value: number
}

const width = 600
const height = 120

/**
 * A bar chart as an inline SVG, because the pages have no scripts. Its texts are outside of the picture, so that they
 * keep their size on a phone. A table beside it has the same numbers for people who cannot see it.
 */
export function barChart(title: string, bars: readonly Bar[]): Html {
  const most = Math.max(0, ...bars.map(({ value }) => value))
  const step = width / bars.length
  const first = bars.at(0)?.label ?? ''
  const last = bars.at(-1)?.label ?? ''
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <p class="axis"><span>${number(most)}</span></p>
    <svg
      viewBox="0 0 ${width} ${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${title}, ${first} to ${last}; the most on a day: ${number(most)}"
    >
      ${bars.map(({ label, value }, n) => {
        // A day with a single message is seen, too.
        const tall = value === 0 ? 0 : Math.max(2, (value / most) * height)
        return html`<rect
          x="${(n * step + step * 0.1).toFixed(1)}"
          y="${(height - tall).toFixed(1)}"
          width="${(step * 0.8).toFixed(1)}"
          height="${tall.toFixed(1)}"
          ><title>${label}: ${number(value)}</title></rect
        >`
      })}
    </svg>
    <p class="axis"><span>${first}</span><span>${last}</span></p>
  </figure>`
}
