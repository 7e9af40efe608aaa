import { readFile, writeFile } from 'node:fs/promises'
import { env } from 'node:process'
import { expect, test } from 'vitest'
import { makeTables } from '../../scripts/costs/tables.ts'
import { createTestDatabase } from '../support/database.ts'
import { countOperations } from './count-operations.ts'

const file = new URL('../../docs/costs.md', import.meta.url)

test('docs/costs.md has the tables that are made of counted operations (UPDATE_COSTS=yes writes them)', async () => {
  await using database = await createTestDatabase()
  const tables = makeTables(await countOperations(database.connection))
  const text = await readFile(file, 'utf8')
  const marked = /(<!-- counted: (\w+) -->\n)[^]*?(\n<!-- end -->)/g
  expect(Array.from(text.matchAll(marked), ([, , name]) => name)).toEqual(Object.keys(tables))
  const counted = text.replace(marked, (_, start: string, name: string, end: string) => {
    return `${start}\n${tables[name]}\n${end}`
  })
  if (env['UPDATE_COSTS'] === 'yes') await writeFile(file, counted)
  expect(await readFile(file, 'utf8')).toBe(counted)
}, 120_000)
