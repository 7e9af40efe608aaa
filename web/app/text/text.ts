import { computed, signal } from '@preact/signals'
import { Fragment, h, type ComponentChildren, type VNode } from 'preact'
import type { Catalogue, Texts, Translation, Words } from './catalogue.ts'
import { en } from './en.ts'

export type Key = { [S in keyof Texts]: `${S}.${keyof Texts[S] & string}` }[keyof Texts]
type Of<K extends Key> = K extends `${infer S extends keyof Texts}.${infer N}`
  ? N extends keyof Texts[S]
    ? Texts[S][N]
    : never
  : never
type NamesIn<T> = T extends `${string}{${infer N}}${infer Rest}` ? N | NamesIn<Rest> : never
type Names<K extends Key> =
  Of<K> extends { readonly other: infer T } ? NamesIn<T> | 'count' : NamesIn<Of<K>>
/** The values of a text's placeholders. `count` is a number, which chooses the plural form. */
type Values<K extends Key, V> = {
  readonly [N in Names<K>]: N extends 'count' ? number : V
}
type Rest<K extends Key, V> = [Names<K>] extends [never] ? [] : [values: Values<K, V>]

/** The languages of the page, by their own names. */
export const languages = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const
export type Language = keyof typeof languages

const loaders: Readonly<Record<Language, () => Promise<Catalogue | Translation>>> = {
  en: async () => ({ ...en, ...(await import('./en-later.ts')).enLater }),
  de: async () => (await import('./de.ts')).de,
  ar: async () => (await import('./ar.ts')).ar,
}

/** At first it has the English texts of the first view. */
const catalogue = signal<Partial<Translation>>(en)
let areAllLoaded = false
/** The language of the texts. */
export const language = signal<Language>('en')
/** The locale of times and numbers: that of the browser, if it has the language of the page. */
export const locale = computed(() => {
  const isFit = (tag: string) => tag.split('-')[0] === language.value && isSupported(tag)
  return navigator.languages.find(isFit) ?? language.value
})

/** A browser may give something that is not a language tag, such as `en-US@posix`. */
function isSupported(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}

export const isRightToLeft = computed(() => ['ar', 'he', 'fa', 'ur'].includes(language.value))

export const isLanguage = (tag: string | undefined): tag is Language =>
  tag !== undefined && Object.hasOwn(languages, tag)

/** The language of the page: the chosen one, or the first language of the browser that the page has. */
export function languageFor(chosen?: string): Language {
  const wanted = [chosen, ...navigator.languages.map((tag) => tag.split('-')[0])]
  return wanted.find(isLanguage) ?? 'en'
}

export async function setLanguage(next: Language): Promise<void> {
  const loaded = await loaders[next]()
  catalogue.value = loaded
  areAllLoaded = true
  language.value = next
  document.documentElement.lang = next
  document.documentElement.dir = isRightToLeft.value ? 'rtl' : 'ltr'
}

/** Loads the texts of the parts that are shown later. */
export async function loadAllTexts(): Promise<void> {
  if (!areAllLoaded) await setLanguage(language.peek())
}

const plurals = computed(() => new Intl.PluralRules(locale.value))
const numbers = computed(() => new Intl.NumberFormat(locale.value))

export const formatNumber = (count: number): string => numbers.value.format(count)

/**
 * Returns the text of a server's error in the language of the page. In English, and for unknown codes, there is
 * none: there the server's own text is used, which is more exact.
 */
export function textOfServerError(code: string, count?: number): string | undefined {
  const texts: Readonly<Record<string, Words>> | undefined = catalogue.value.serverErrors
  const words = texts && Object.hasOwn(texts, code) ? texts[code] : undefined
  if (words === undefined || typeof words === 'string') return words
  return count === undefined ? undefined : filled(formOf(words, count), { count })
}

function formOf(words: Words, count: unknown): string {
  if (typeof words === 'string') return words
  return words[plurals.value.select(Number(count))] ?? words.other
}

function wordsOf(key: Key, values: Readonly<Record<string, unknown>>): string {
  const [section = '', name = ''] = key.split('.')
  const texts: Readonly<Record<string, Readonly<Record<string, Words>>>> = catalogue.value
  const words = texts[section]?.[name]
  return words === undefined ? key : formOf(words, values['count'])
}

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u

/** A name in the other direction must not turn the text around it. */
export const isolate = (text: string): string =>
  isRightToLeft.value || rightToLeft.test(text) ? `\u2068${text}\u2069` : text

const shown = (value: unknown): string =>
  typeof value === 'number' ? formatNumber(value) : isolate(String(value))

const filled = (words: string, values: Readonly<Record<string, unknown>>): string =>
  words.replace(/\{(\w+)\}/g, (_, name: string) => shown(values[name]))

/** Returns the text of a key in the language of the page. */
export function t<K extends Key>(key: K, ...[given]: Rest<K, string | number>): string {
  const values: Readonly<Record<string, unknown>> = given ?? {}
  return filled(wordsOf(key, values), values)
}

/** The same with elements in the text. */
export function rich<K extends Key>(key: K, ...[given]: Rest<K, ComponentChildren>): VNode {
  const values: Readonly<Record<string, ComponentChildren>> = given ?? {}
  const parts = wordsOf(key, values)
    .split(/\{(\w+)\}/)
    .map((part, at) => {
      if (at % 2 === 0) return part
      const value = values[part]
      return typeof value === 'number' ? formatNumber(value) : value
    })
  return h(Fragment, null, ...parts)
}
