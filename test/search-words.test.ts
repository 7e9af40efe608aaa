/**
 * The database finds messages by its words of a text, and what is shown as found is what the process
 * takes for its words [M7]: they have to be the same. SEARCH_SEED repeats a run.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { highlighter } from '../src/core/search/highlights.ts'
import { parseQuery } from '../src/core/search/parse-query.ts'
import { wordsOf } from '../src/core/search/words.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'

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
  range(0x610, 0x6ff),
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
  range(0x1f600, 0x1f64f),
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

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** What is looked for is a part of the text. */
async function isShown(given: string, from: number, length: number): Promise<void> {
  const q = Array.from(given)
    .slice(from, from + length)
    .join('')
  fc.pre(wordsOf(q.replaceAll('-', ' ')).length > 0 && !/(^|[\s"])-/.test(q))
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
