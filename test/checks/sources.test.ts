import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { functionEntries } from '../../functions/routes.ts'
import { projectRoot } from '../../src/local/project-root.ts'

test.each(Object.values(functionEntries))(
  '%s shows in 10 to 20 lines what its function is made of',
  async (path) => {
    const lines = (await readFile(join(projectRoot, path), 'utf8')).trimEnd().split('\n').length
    expect(lines).toBeGreaterThanOrEqual(10)
    expect(lines).toBeLessThanOrEqual(20)
  },
)
