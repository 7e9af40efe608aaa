import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/protocol/errors.ts'
import { ar } from '../../web/app/text/ar.ts'
import type { Words } from '../../web/app/text/catalogue.ts'
import { de } from '../../web/app/text/de.ts'
import { enLater } from '../../web/app/text/en-later.ts'
import { en } from '../../web/app/text/en.ts'

type Sections = Readonly<Record<string, Readonly<Record<string, Words>>>>

/** Returns all texts by their keys. */
function textsOf(sections: Sections): Map<string, Words> {
  const texts = Object.entries(sections).flatMap(([section, named]) =>
    Object.entries(named).map(([name, words]) => [`${section}.${name}`, words] as const),
  )
  return new Map(texts)
}

const formsOf = (words: Words): string[] =>
  typeof words === 'string' ? [words] : Object.values(words)

const sorted = (texts: Iterable<string>) => [...new Set(texts)].toSorted()

/** Returns the placeholders of a text. An unclosed brace counts, too. */
const placeholdersOf = (text: string): string[] => sorted(text.match(/\{\w*\}?/g) ?? [])

/** One form may say a small number in words. The form for all other numbers must show the number. */
const shapeOf = (words: Words) => ({
  each: formsOf(words).map((text) =>
    placeholdersOf(text)
      .filter((name) => name !== '{count}')
      .join(' '),
  ),
  other: placeholdersOf(typeof words === 'string' ? words : words.other).join(' '),
})

const hasForms = ([, words]: readonly [string, Words]) => typeof words !== 'string'

const pluralKeysOf = (texts: Map<string, Words>) =>
  sorted([...texts].filter(hasForms).map(([key]) => key))

/** English defines which texts there must be. */
const english = textsOf({ ...en, ...enLater })
const catalogues: Readonly<Record<string, Sections>> = { en: { ...en, ...enLater }, de, ar }

describe.each(Object.entries(catalogues))('the texts in %s', (language, sections) => {
  const all = textsOf(sections)
  const { serverErrors, ...others } = sections
  const texts = textsOf(others)

  test('have the keys of the English ones, and none is empty', () => {
    expect(sorted(texts.keys())).toEqual(sorted(english.keys()))
    const empty = [...all].filter(([, words]) => formsOf(words).some((text) => !text.trim()))
    expect(empty).toEqual([])
  })

  test('have exactly the plural forms of the language', () => {
    expect(pluralKeysOf(texts)).toEqual(pluralKeysOf(english))
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    const wanted = sorted(pluralCategories).join(' ')
    const wrong = [...all]
      .filter(hasForms)
      .filter(([, words]) => sorted(Object.keys(words)).join(' ') !== wanted)
    expect(wrong).toEqual([])
  })

  test('have the placeholders of the English ones', () => {
    const wrong = [...texts].filter(([key, words]) => {
      const model = shapeOf(english.get(key) ?? '')
      const { each, other } = shapeOf(words)
      return other !== model.other || each.some((names) => names !== model.each.at(-1))
    })
    expect(wrong).toEqual([])
  })

  test.skipIf(language === 'en')('explain each error of the server', () => {
    const explained = [...Object.keys(serverErrors ?? {}), 'network', 'internal']
    expect(errorCode.options.filter((code) => !explained.includes(code))).toEqual([])
    // The page knows only two things about these errors: the code, and how long to wait.
    const filled = Object.entries(serverErrors ?? {}).filter(
      ([, words]) => formsOf(words).flatMap(placeholdersOf).length > 0,
    )
    expect(filled.map(([code]) => code)).toEqual(['rate_limited'])
    expect(filled.flatMap(([, words]) => shapeOf(words).other)).toEqual(['{count}'])
  })
})
