import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/protocol/errors.ts'
import { ar } from '../../web/app/text/ar.ts'
import { de } from '../../web/app/text/de.ts'
import { enLater } from '../../web/app/text/en-later.ts'
import { en } from '../../web/app/text/en.ts'
import type { Words } from '../../web/app/text/text.ts'

type Sections = Readonly<Record<string, Readonly<Record<string, Words>>>>

/** All texts by their keys. */
function textsOf(sections: Sections): Map<string, Words> {
  const texts = Object.entries(sections).flatMap(([section, named]) =>
    Object.entries(named).map(([name, words]) => [`${section}.${name}`, words] as const),
  )
  return new Map(texts)
}

const formsOf = (words: Words): string[] =>
  typeof words === 'string' ? [words] : Object.values(words)

const placeholdersOf = (text: string): string[] =>
  [...new Set(text.match(/\{\w*\}?/g))].toSorted((a, b) => a.localeCompare(b))

/** A form for a single number may say it in a word. */
const withoutCount = (names: readonly string[]) => names.filter((name) => name !== '{count}')

/** The English of a key: it says what the others have to fill in. */
const english = textsOf({ ...en, ...enLater })
const catalogues: Readonly<Record<string, Sections>> = { en: { ...en, ...enLater }, de, ar }

describe.each(Object.entries(catalogues))('the texts in %s', (language, sections) => {
  const texts = textsOf(sections)
  const { serverErrors = {}, ...others } = sections

  test('have the keys of the English ones, and none is empty', () => {
    expect([...textsOf(others).keys()].toSorted()).toEqual([...english.keys()].toSorted())
    const empty = [...texts].filter(([, words]) => formsOf(words).some((text) => !text.trim()))
    expect(empty).toEqual([])
  })

  test('have the plural forms that the language has, and no others', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    for (const [key, words] of texts) {
      const model = english.get(key)
      if (model !== undefined) expect(typeof words, key).toBe(typeof model)
      if (typeof words === 'string') continue
      expect(Object.keys(words).toSorted(), key).toEqual(pluralCategories.toSorted())
    }
  })

  test('fill in what the English ones fill in', () => {
    for (const [key, words] of textsOf(others)) {
      const expected = placeholdersOf(formsOf(english.get(key) ?? '').join(' '))
      for (const text of formsOf(words)) {
        expect(withoutCount(placeholdersOf(text)), `${key}: ${text}`).toEqual(
          withoutCount(expected),
        )
      }
      // The form for all other numbers has to say which.
      const rest = typeof words === 'string' ? words : words.other
      const model = english.get(key)
      const inEnglish = typeof model === 'object' ? model.other : (model ?? '')
      expect(placeholdersOf(rest), key).toEqual(placeholdersOf(inEnglish))
    }
  })

  test.skipIf(language === 'en')('say what each error of the server means', () => {
    const own = ['network', 'internal']
    for (const code of errorCode.options) {
      const section = own.includes(code) ? others['errors'] : serverErrors
      expect(section, code).toHaveProperty(code)
    }
    for (const [code, words] of Object.entries(serverErrors)) {
      const names = new Set(formsOf(words).flatMap(placeholdersOf))
      expect([...names], code).toEqual(typeof words === 'string' ? [] : ['{count}'])
    }
  })
})
