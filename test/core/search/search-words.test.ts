/**
 * The database finds messages by its words of a text, and what is shown as found is what the process
 * takes for its words [M7]: they have to be the same. SEARCH_SEED repeats a run.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ValidationError } from '../../../src/core/errors.ts'
import { highlighter } from '../../../src/core/search/highlights.ts'
import { type Alternative, parseQuery } from '../../../src/core/search/parse-query.ts'
import { wordsOf } from '../../../src/core/search/words.ts'
import { indexedCharactersMax, indexedWordsMax } from '../../../src/protocol/limits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const seed = Number(env['SEARCH_SEED'] ?? randomInt(2 ** 31))

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = new Client(database.connection)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database[Symbol.asyncDispose]()
})

/** Of a character that stands in the database with the one after it, the character. */
async function wordsInDatabase(text: string): Promise<string[]> {
  const { rows } = await client.query<{ word: string }>(
    `select case when is_unspaced then left(word, 1) else word end as word
       from search_words_v1($1) order by place`,
    [text],
  )
  return rows.map(({ word }) => word)
}

const range = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code))
/** Letters, marks, digits and signs of many scripts. */
const piece = fc.oneof(
  range(0x20, 0x7e),
  range(0xa1, 0x24f),
  range(0x300, 0x36f),
  range(0x370, 0x3ff),
  range(0x400, 0x4ff),
  range(0x5b0, 0x5ea),
  range(0x600, 0x6ff),
  range(0x900, 0x97f),
  range(0xe01, 0xe5b),
  range(0x1780, 0x17f9),
  range(0x1e00, 0x1fff),
  range(0x2000, 0x214f),
  range(0x3001, 0x30ff),
  range(0x4e00, 0x4eff),
  range(0xac00, 0xad00),
  range(0xf900, 0xfaff),
  range(0xfb00, 0xfb06),
  range(0xff01, 0xff9f),
  range(0x2190, 0x27bf),
  range(0x1f1e6, 0x1f1ff),
  range(0x1f3f0, 0x1f3ff),
  range(0x1f600, 0x1f64f),
  range(0xe0061, 0xe007f),
  range(0x20000, 0x20010),
  fc.constantFrom(' ', ' ', 'word', '漢字', 'ไม่', '학교', 'ß', 'İ', 'ΣΑΣ', 'ﷺ', '\u200d', '\ufe0f'),
)
const text = fc.string({ unit: piece, maxLength: 30 })

async function sameToBoth(given: string): Promise<void> {
  expect(wordsOf(given).map(({ text: word }) => word)).toEqual(await wordsInDatabase(given))
}

test(`[M7] the words of any text are the same to both (SEARCH_SEED=${seed})`, async () => {
  await fc.assert(fc.asyncProperty(text, sameToBoth), { seed, numRuns: 1_500 })
})

/** Texts of more words, or more characters, than are indexed. */
const long = fc
  .tuple(fc.array(text, { minLength: 1, maxLength: 5 }), fc.constantFrom(' ', ''))
  .map(([parts, between]) => `${parts.join(between)}${between}`)
  .filter((part) => part.trim() !== '')
  .map((part) =>
    Array.from(part.repeat(Math.ceil(4_000 / part.length)))
      .slice(0, 4_000)
      .join(''),
  )

test(`[M7] the words of a long text are the same to both, and few (SEARCH_SEED=${seed})`, async () => {
  await fc.assert(fc.asyncProperty(long, sameToBoth), { seed, numRuns: 25 })
  for (const given of [
    '漢'.repeat(4_000),
    '🎉'.repeat(4_000),
    'ab '.repeat(1_333),
    'ﷺ'.repeat(4_000),
    'a'.repeat(4_000),
  ]) {
    await sameToBoth(given)
    const words = await wordsInDatabase(given)
    expect(words.length).toBeLessThanOrEqual(indexedWordsMax)
    expect(Buffer.byteLength(words.join(''))).toBeLessThanOrEqual(4 * indexedCharactersMax)
  }
})

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** What is looked for is a part of the text. */
async function isShown(given: string, from: number, length: number): Promise<void> {
  const q = Array.from(given)
    .slice(from, from + length)
    .join('')
  fc.pre(wordsOf(q).length > 0 && !q.includes('-'))
  const query = parseQuery(q)
  const { rows } = await client.query<{ found: boolean }>(
    `select search_vector_v2($1, '1.0 0.0') @@ search_in_v1(search_query_v2($2), '0.0') as found`,
    [given, JSON.stringify(query)],
  )
  const places = highlighter(query)(given)
  expect({ given, q, isShown: places.length > 0 || !rows[0]!.found }).toEqual({
    given,
    q,
    isShown: true,
  })
  const bounds = new Set([given.length])
  for (const { index } of graphemes.segment(given)) bounds.add(index)
  const starts = places.map(({ start }) => start)
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  for (const { start, end } of places) {
    expect([bounds.has(start), bounds.has(end), start < end]).toEqual([true, true, true])
  }
}

test(`[M7] what is found has a place in the text, of whole characters (SEARCH_SEED=${seed})`, async () => {
  const parts = [text, fc.nat({ max: 20 }), fc.integer({ min: 1, max: 10 })] as const
  await fc.assert(fc.asyncProperty(...parts, isShown), { seed, numRuns: 1_000 })
})

const few = fc.array(fc.constantFrom('a', 'a', 'b', 'bc', '漢', '🎉'), {
  minLength: 1,
  maxLength: 5,
})
const phrase = fc.record({
  text: few.map((words) => words.join(' ')),
  without: fc.boolean(),
  open: fc.boolean(),
})

/** Each phrase looked for at each word. */
function placesOf(query: readonly Alternative[], given: string): Set<number> {
  const words = wordsOf(given)
  const places = new Set<number>()
  const wanted = query.flat().filter(({ without }) => !without)
  for (const { text: looked, open } of wanted) {
    const parts = wordsOf(looked)
    const goesOn = open && !parts.at(-1)!.isUnspaced && parts.at(-1)!.text.length > 1
    for (let at = 0; at + parts.length <= words.length; at++) {
      const stands = parts.every((part, n) => {
        const word = words[at + n]!.text
        return goesOn && n === parts.length - 1 ? word.startsWith(part.text) : word === part.text
      })
      if (!stands) continue
      const [first, last] = [words[at]!, words[at + parts.length - 1]!]
      for (let place = first.start; place < last.end; place++) places.add(place)
    }
  }
  return places
}

test(`[M7] highlights are all that is looked for, and nothing else (SEARCH_SEED=${seed})`, () => {
  const query = fc.array(fc.array(phrase, { maxLength: 3 }), { maxLength: 3 })
  const given = fc.array(few, { maxLength: 8 }).map((words) => words.flat().join(' '))
  fc.assert(
    fc.property(query, given, (alternatives, text) => {
      // One phrase is being typed at most.
      const last = alternatives.flat().findLast(({ open }) => open)
      const typed = alternatives.map((all) => all.map((each) => ({ ...each, open: each === last })))
      const places = highlighter(typed)(text).flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, n) => start + n),
      )
      expect(places).toEqual([...placesOf(typed, text)].toSorted((a, b) => a - b))
    }),
    { seed, numRuns: 1_000 },
  )
})

test('[M7] highlights cost two looks at most for each word of a text, whatever is looked for', () => {
  const text = 'a '.repeat(1_000)
  const query = [
    [3, 40, 80].map((n) => ({ text: `${'a '.repeat(n)}b`, without: false, open: n === 80 })),
  ]
  const highlight = highlighter(query)
  const looks = vi.spyOn(Map.prototype, 'has')
  try {
    expect(highlight(text)).toEqual([])
    expect(looks.mock.calls.length).toBeGreaterThanOrEqual(1_000)
    expect(looks.mock.calls.length).toBeLessThanOrEqual(2_000)
  } finally {
    looks.mockRestore()
  }
})

async function hasNoPairs(q: string): Promise<void> {
  const query = parseOrRefuse(q)
  fc.pre(query !== undefined)
  const { rows } = await client.query<{ ranked: string }>(
    `select cast(search_any_v1(q) as text) as ranked from search_query_v2($1) q`,
    [JSON.stringify(query)],
  )
  expect(rows[0]!.ranked).not.toMatch(/[&<]/)
}

test(`[M7] a rank compares no pairs of places: ts_rank does so for "and" and for phrases (SEARCH_SEED=${seed})`, async () => {
  const q = fc.oneof(
    fc.string({ unit: piece, maxLength: 60 }),
    fc.array(text, { maxLength: 5 }).map((all) => all.join(' or ')),
  )
  await fc.assert(fc.asyncProperty(q, hasNoPairs), { seed, numRuns: 150 })
})

/** What websearch_to_tsquery reads, in quotes of other languages too. A hyphen within a word is a word to it alone. */
const signs = '"! & | ( ) : , ? * \' - - -- “ ” „ « » ‹ 『 』 ＂'.split(' ')
const typed = fc
  .array(
    fc.oneof(
      fc.constantFrom('tea', 'rain', 'milk', 'or', 'OR', 'Or', 'ore'),
      fc.constantFrom(' ', ' ', '  ', '\n', ' or ', ' -', ' "', '" '),
      fc.constantFrom('"', ...signs),
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''))
  .filter((q) => !/\w-+\w/.test(q))
const said = fc.array(fc.constantFrom('tea', 'rain', 'milk', 'or', 'ore', 'and'), {
  minLength: 1,
  maxLength: 6,
})

/** Without the alternatives that only say what to leave out. */
function withWords(query: string): string | undefined {
  const alternatives = query
    .split(' | ')
    .filter((alternative) =>
      alternative.split(' & ').some((part) => /^!*/.exec(part)![0].length % 2 === 0),
    )
  return alternatives.join(' | ') || undefined
}

/** undefined: there is no word to look for. */
function parseOrRefuse(q: string): Alternative[] | undefined {
  try {
    return parseQuery(q)
  } catch (error) {
    if (error instanceof ValidationError) return undefined
    throw error
  }
}

async function meansTheSame(q: string, texts: readonly string[][]): Promise<void> {
  const straight = q.replace(/[“”„«»‹『』＂]/g, '"')
  const { rows } = await client.query<{ query: string }>(
    `select cast(websearch_to_tsquery('simple', $1) as text) as query`,
    [straight],
  )
  const expected = withWords(rows[0]!.query)
  const parsed = parseOrRefuse(q)
  expect(parsed === undefined).toBe(expected === undefined)
  if (parsed === undefined) return
  // The last word may be the beginning of one, which PostgreSQL has no sign for here.
  const query = parsed.map((phrases) => phrases.map((phrase) => ({ ...phrase, open: false })))
  const found = await client.query<{ text: string; expected: boolean; found: boolean }>(
    `select t.text, to_tsvector('simple', t.text) @@ cast($2 as tsquery) as expected,
            search_vector_v2(t.text, '0.0') @@ search_in_v1(search_query_v2($3), '0.0') as found
       from jsonb_array_elements_text(cast($1 as jsonb)) t(text)`,
    [JSON.stringify(texts.map((words) => words.join(' '))), expected, JSON.stringify(query)],
  )
  expect(found.rows.filter((row) => row.found !== row.expected)).toEqual([])
}

test(`[M7] operators mean what websearch_to_tsquery makes of them (SEARCH_SEED=${seed})`, async () => {
  const texts = fc.array(said, { minLength: 20, maxLength: 20 })
  await fc.assert(fc.asyncProperty(typed, texts, meansTheSame), { seed, numRuns: 500 })
})

const anything = fc
  .string({ unit: 'binary', maxLength: 200 })
  .map((given) => given.replaceAll('\0', ''))

async function isTaken(given: string, q: string): Promise<void> {
  const query = [
    [
      { text: q, open: true },
      { text: given, without: true },
    ],
  ]
  const { rows } = await client.query<{ found: boolean | null }>(
    `select search_vector_v2($1, '1.0 0.0') @@ search_in_v1(search_query_v2($2), '0.0') as found`,
    [given, JSON.stringify(query)],
  )
  expect(rows).toHaveLength(1)
}

test(`[M7] no text keeps a message from being stored, and no query fails (SEARCH_SEED=${seed})`, async () => {
  await fc.assert(fc.asyncProperty(anything, anything, isTaken), { seed, numRuns: 500 })
})

async function isIndexed(text: string): Promise<void> {
  const { rows } = await client.query<{ vector: string | null; words: string }>(
    `select cast(search_vector_v2($1, '1.0 0.0') as text) as vector,
            cast(cast(coalesce(string_agg(
              '''' || scope || '/' || word || ''':' || place, ' '), '') as tsvector) as text) as words
       from search_words_v1($1), (values ('1.0'), ('0.0')) s (scope)`,
    [text],
  )
  expect(rows[0]!.vector ?? '').toBe(rows[0]!.words)
}

/** A text in ASCII is indexed by a way of its own. */
test(`[M7] a message is indexed by the words of its text, also in ASCII (SEARCH_SEED=${seed})`, async () => {
  const character = fc.oneof(range(1, 0x7f), fc.constantFrom('a', 'Z', '0', '_', "'", ' '))
  const ascii = fc.array(character, { maxLength: 200 }).map((each) => each.join(''))
  await fc.assert(fc.asyncProperty(fc.oneof(ascii, anything), isIndexed), { seed, numRuns: 200 })
  const long = 'x'.repeat(100)
  for (const text of [long, `${long} `.repeat(60), 'a '.repeat(3_000)]) await isIndexed(text)
})

test('each emoji of one character is a word, but for those that are named as signs', async () => {
  const signs = new Set(['\u203c', '\u2049', '🏻', '🏼', '🏽', '🏾', '🏿'])
  const emojis = Array.from({ length: 0x20000 }, (_, code) => String.fromCodePoint(code)).filter(
    (character) =>
      /^\p{RGI_Emoji}$/v.test(character) || /^\p{RGI_Emoji}$/v.test(`${character}\ufe0f`),
  )
  expect(emojis.length).toBeGreaterThan(1_000)
  const notWords = emojis.filter((character) => wordsOf(character).length === 0)
  expect(new Set(notWords)).toEqual(signs)
  await sameToBoth(emojis.join(' '))
  for (const keycap of ['#', '*']) expect(wordsOf(`${keycap}\ufe0f\u20e3`)).toEqual([])
  expect(wordsOf('1\ufe0f\u20e3').map(({ text: word }) => word)).toEqual(['1'])
})
