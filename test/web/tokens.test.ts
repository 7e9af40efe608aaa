import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { style as adminStyle } from '../../functions/admin/style.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { listPages } from '../../web/site/pages.ts'
import { designTokens } from '../../web/tokens.ts'

const themes = ['light', 'dark'] as const
type Theme = (typeof themes)[number]
/** Red, green and blue from 0 to 1. */
type Colour = readonly [number, number, number]

/** Returns the value of `light-dark()` for each custom property that is one plain colour in each theme. */
function readColours(theme: Theme): ReadonlyMap<string, Colour> {
  const pairs = designTokens.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)
  return new Map([...pairs].map(([, name, light, dark]) => [name!, parse({ light, dark }[theme]!)]))
}

const parse = (hex: string): Colour =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Colour

/** WCAG's relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(colour: Colour): number {
  const [r, g, b] = colour.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  ) as unknown as Colour
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrastOf(a: Colour, b: Colour): number {
  const [darker, lighter] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => x - y) as [
    number,
    number,
  ]
  return (lighter + 0.05) / (darker + 0.05)
}

const grounds = ['canvas', 'surface', 'sunken', 'raised', 'hover']
/** Each text colour, with the backgrounds behind it. */
const texts: Readonly<Record<string, readonly string[]>> = {
  ink: [...grounds, 'mention', 'accent-soft', 'danger-soft'],
  'ink-2': [...grounds, 'mention', 'accent-soft', 'danger-soft'],
  'ink-3': [...grounds, 'mention'],
  'accent-ink': [...grounds, 'mention', 'accent-soft', 'danger-soft'],
  accent: ['canvas', 'surface', 'raised'],
  'on-accent': ['accent', 'danger'],
  danger: ['canvas', 'surface', 'raised', 'hover', 'danger-soft'],
}
/** The same for borders of fields, for marks and for the focus outline. */
const marks: Readonly<Record<string, readonly string[]>> = {
  accent: [...grounds, 'mention', 'accent-soft', 'danger-soft'],
  'line-strong': ['canvas', 'surface', 'raised'],
  'mention-edge': ['surface', 'mention'],
  online: ['canvas', 'surface', 'raised'],
  danger: ['surface', 'danger-soft'],
}

describe.each(themes)('the colours of the %s theme', (theme) => {
  const colours = readColours(theme)

  test.each([
    ['a text', texts, 4.5],
    ['a mark', marks, 3],
  ] as const)('give %s enough contrast on each of its backgrounds', (_, table, least) => {
    const weak = Object.entries(table).flatMap(([name, under]) =>
      under
        .map((ground) => ({
          pair: `${name} on ${ground}`,
          contrast: contrastOf(colours.get(name)!, colours.get(ground)!),
        }))
        .filter(({ contrast }) => !(contrast >= least)),
    )
    expect(weak).toEqual([])
  })

  test('are each in one of the tested pairs, unless they are lines', () => {
    const named = [texts, marks].flatMap((table) => Object.entries(table).flat(2))
    const others = [...colours.keys()].filter((name) => !named.includes(name))
    expect(others).toEqual(['line'])
  })
})

test('make the letters on an avatar readable on each hue', () => {
  const sheet = readFileSync(join(projectRoot, 'web/app/parts/avatar.css'), 'utf8')
  const [, lightness, chroma] = /oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)/.exec(sheet)!
  const hues = Array.from({ length: 360 }, (_, hue) => ({
    hue,
    contrast: contrastOf([1, 1, 1], fromOklch(Number(lightness), Number(chroma), hue)),
  }))
  expect(hues.filter(({ contrast }) => !(contrast >= 4.5))).toEqual([])
})

/** https://www.w3.org/TR/css-color-4/#color-conversion-code */
function fromOklch(lightness: number, chroma: number, hue: number): Colour {
  const [a, b] = [Math.cos, Math.sin].map((f) => chroma * f((hue * Math.PI) / 180)) as [
    number,
    number,
  ]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((part) => {
    const kept = Math.min(1, Math.max(0, part))
    return kept <= 0.0031308 ? 12.92 * kept : 1.055 * kept ** (1 / 2.4) - 0.055
  }) as unknown as Colour
}

const known = (sheet: string) =>
  new Set([...sheet.matchAll(/(?<![\w-])(--[\w-]+)\s*:/g)].map(([, name]) => name!))
const usedIn = (sheet: string) =>
  // A property with a fallback value may be missing.
  [...sheet.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name!)
const unknownIn = (sheet: string, more = '') => {
  const names = known(sheet + more)
  return [...new Set(usedIn(sheet))].filter((name) => !names.has(name))
}

describe('a custom property that a sheet uses', () => {
  test("is one of the tokens, or the sheet's own: on the admin's pages and in the documentation", async () => {
    expect(unknownIn(adminStyle)).toEqual([])
    const sheets = listPages().filter(({ key }) => /^(api\/docs\/)?style\.css$/.test(key))
    expect(sheets).toHaveLength(2)
    for (const { key, render } of sheets) {
      const sheet = (await render()).toString()
      expect(sheet).toContain(designTokens)
      expect([key, ...unknownIn(sheet)]).toEqual([key])
    }
  })

  test("is one of the tokens, or the page's own, on the page", async () => {
    const directory = join(projectRoot, 'web/app')
    const files = (await readdir(directory, { recursive: true })).filter((name) =>
      /\.(css|tsx|ts)$/.test(name),
    )
    const all = files.map((name) => readFileSync(join(directory, name), 'utf8')).join('\n')
    // A component may set a property: `'--hue': …`, setProperty('--app-height', …)
    const set = [...all.matchAll(/'(--[\w-]+)'/g)].map(([, name]) => `${name}:`).join('\n')
    expect(usedIn(all).length).toBeGreaterThan(200)
    expect(unknownIn(all, designTokens + set)).toEqual([])
  })
})

/** Every sheet of the page, the documentation and the admin's pages, without the tokens: its name and its text. */
async function readSheets(): Promise<[name: string, sheet: string][]> {
  const directory = join(projectRoot, 'web')
  const names = (await readdir(directory, { recursive: true })).filter((name) =>
    name.endsWith('.css'),
  )
  return [
    ['admin', adminStyle.replace(designTokens, '')],
    ...names.map((name): [string, string] => [name, readFileSync(join(directory, name), 'utf8')]),
  ]
}

/** Lengths in other units than those of the text beside them. A pixel is as wide as a line. */
const lengths = /(?<![\w.])(?!1px\b)\d*\.?\d+(?:px|rem|pt)\b/

describe('the sheets take from the tokens', () => {
  test.each<[what: string, declaration: RegExp, isStatedAgain: (value: string) => boolean]>([
    [
      'every colour',
      /[\w-]+: ([^;{}]*);/g,
      (value) => /#[\da-f]{3,8}\b|\b(rgb|hsl)a?\(/i.test(value),
    ],
    [
      'every radius',
      /radius: ([^;]*);/g,
      (value) => !/^(var\(--r(-\w+)?\)|0|50%|inherit|calc\(.*var\(--.*\))$/.test(value),
    ],
    [
      'every typeface',
      /\bfont(?:-family)?: ([^;]*);/g,
      (value) => !/(^inherit|var\(--(font|mono|text|text-long)\))$/.test(value),
    ],
    [
      'every space',
      /(?<![\w-])(?:padding|margin|gap|row-gap|column-gap|inset|scroll-margin|scroll-padding)[\w-]*: ([^;{}]*);/g,
      (value) => lengths.test(value),
    ],
    [
      'every size of a text',
      /(?<![\w-])(?:font|font-size): ([^;{}]*);/g,
      (value) => lengths.test(value),
    ],
  ])('%s', async (_, declaration, isStatedAgain) => {
    const sheets = await readSheets()
    const found = sheets.flatMap(([name, sheet]) =>
      [...sheet.matchAll(declaration)].map(([text, value]) => ({ name, text, value: value! })),
    )
    expect(found.length).toBeGreaterThan(10)
    expect(found.filter(({ value }) => isStatedAgain(value))).toEqual([])
  })
})

const read = (path: string) => readFileSync(join(projectRoot, 'web/app', path), 'utf8')

test('what the system draws around the page has the colour of its canvas', () => {
  const page = read('index.html')
  for (const theme of themes) {
    const [, colour] = new RegExp(`\\(prefers-color-scheme: ${theme}\\)" content="(#\\w+)"`).exec(
      page,
    )!
    expect(parse(colour!)).toEqual(readColours(theme).get('canvas'))
  }
  const manifest = JSON.parse(read('public/manifest.webmanifest')) as Record<string, string>
  expect(parse(manifest['background_color']!)).toEqual(readColours('light').get('canvas'))
  expect(parse(manifest['theme_color']!)).toEqual(readColours('light').get('canvas'))
})
