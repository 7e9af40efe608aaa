/** Checks the list of defects to plant. `npm run soak:mutants` plants each of them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/local/project-root.ts'
import { mutants } from './mutants.ts'

test.for(mutants)('$name: its source text occurs exactly once', async ({ changes }) => {
  for (const { file, find, put } of changes) {
    const source = await readFile(join(projectRoot, file), 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(put).not.toBe(find)
  }
})

test('each defect has a unique name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  expect(mutants.length).toBeGreaterThanOrEqual(20)
})
