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
/** What a text has to be told: `count` is a number, by which the form is chosen. */
type Values<K extends Key, V> = {
  readonly [N in Names<K>]: N extends 'count' ? number : V
}
type Rest<K extends Key, V> = [Names<K>] extends [never] ? [] : [values: Values<K, V>]

/** The languages that there are, by their own names. */
export const languages = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const
export type Language = keyof typeof languages

const loaders: Readonly<Record<Language, () => Promise<Catalogue | Translation>>> = {
  en: async () => ({ ...en, ...(await import('./en-later.ts')).enLater }),
  de: async () => (await import('./de.ts')).de,
  ar: async () => (await import('./ar.ts')).ar,
}

/** At first it has what the first view needs, in English. */
const catalogue = signal<Partial<Translation>>(en)
let areAllLoaded = false
/** The language of the texts. */
export const language = signal<Language>('en')
/** Times and numbers are written as the user's browser has them, if that is the language of the page. */
export const locale = computed(() => {
  const isFit = (tag: string) => tag.split('-')[0] === language.value && isSupported(tag)
  return navigator.languages.find(isFit) ?? language.value
})

/** A browser may name what is no language tag, such as `en-US@posix`. */
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

/** The language of the page: the one that was chosen, or the first of the browser's that there is. */
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

/** Loads the texts of what is shown later. */
export async function loadAllTexts(): Promise<void> {
  if (!areAllLoaded) await setLanguage(language.peek())
}

const plurals = computed(() => new Intl.PluralRules(locale.value))
const numbers = computed(() => new Intl.NumberFormat(locale.value))

export const formatNumber = (count: number): string => numbers.value.format(count)

/**
 * What an error of the server says in the language of the page. English has none: there the server's own text is
 * more exact. Nor has a code that this page does not know.
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

/** A name of the other direction does not turn the text around it. */
export const isolate = (text: string): string =>
  isRightToLeft.value || rightToLeft.test(text) ? `\u2068${text}\u2069` : text

const shown = (value: unknown): string =>
  typeof value === 'number' ? formatNumber(value) : isolate(String(value))

const filled = (words: string, values: Readonly<Record<string, unknown>>): string =>
  words.replace(/\{(\w+)\}/g, (_, name: string) => shown(values[name]))

/** The text of a key in the language of the page. */
export function t<K extends Key>(key: K, ...[given]: Rest<K, string | number>): string {
  const values: Readonly<Record<string, unknown>> = given ?? {}
  return filled(wordsOf(key, values), values)
}

/** The same with elements in it. */
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
