import { readFile, writeFile } from 'node:fs/promises'
import { env } from 'node:process'
import { expect, test } from 'vitest'
import { makeTables } from '../../scripts/costs/tables.ts'
import { createTestDatabase } from '../support/database.ts'
import { countOperations } from './count-operations.ts'

const files = ['costs', 'deploy'].map((name) => new URL(`../../docs/${name}.md`, import.meta.url))
const marked = /(<!-- counted: (\w+) -->\n)[^]*?(\n<!-- end -->)/g

test('the documents have the tables of the counted operations (UPDATE_COSTS=yes writes them)', async () => {
  await using database = await createTestDatabase()
  const tables = makeTables(await countOperations(database.connection))
  const shown: string[] = []
  for (const file of files) {
    const counted = (await readFile(file, 'utf8')).replace(
      marked,
      (_, start: string, name: string, end: string) => {
        shown.push(name)
        return `${start}\n${tables[name]}\n${end}`
      },
    )
    if (env['UPDATE_COSTS'] === 'yes') await writeFile(file, counted)
    expect(await readFile(file, 'utf8')).toBe(counted)
  }
  expect(shown.toSorted()).toEqual(Object.keys(tables).toSorted())
}, 120_000)
