import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser'
import { expect, test } from 'vitest'

const { forbidden, options } = createRequire(import.meta.url)(
  '../../.dependency-cruiser.cjs',
) as IConfiguration

/** What each file of a tree imports. */
type Tree = Readonly<Record<string, readonly string[]>>

async function brokenRules(tree: Tree): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'import-rules-'))
  try {
    for (const [path, imports] of Object.entries(tree)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      const lines = imports.map((each, at) => `import { x as x${at} } from '${each}'\n`)
      await writeFile(join(root, path), `${lines.join('')}export const x = 1\n`)
    }
    const { output } = await cruise(['src'], {
      ...options,
      tsConfig: {},
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: forbidden! },
    })
    const { violations } = (output as ICruiseResult).summary
    return [...new Set(violations.map(({ rule }) => rule.name))].toSorted()
  } finally {
    await rm(root, { recursive: true })
  }
}

const broken: { rule: string; breaks: string; tree: Tree }[] = [
  {
    rule: 'no-cycles-of-folders',
    breaks: 'two folders of the core import each other, by files that do not',
    tree: {
      'src/core/rooms/list.ts': ['../push/publish.ts'],
      'src/core/rooms/access.ts': [],
      'src/core/push/publish.ts': [],
      'src/core/push/end.ts': ['../rooms/access.ts'],
    },
  },
  {
    rule: 'no-cycles-of-folders',
    breaks: 'three folders import each other in a ring',
    tree: {
      'src/local/a/one.ts': ['../b/one.ts'],
      'src/local/b/one.ts': [],
      'src/local/b/two.ts': ['../c/one.ts'],
      'src/local/c/one.ts': [],
      'src/local/c/two.ts': ['../a/two.ts'],
      'src/local/a/two.ts': [],
    },
  },
  {
    rule: 'root-of-core-is-below-its-folders',
    breaks: 'a file at the root of the core imports a folder',
    tree: { 'src/core/context.ts': ['./rooms/list.ts'], 'src/core/rooms/list.ts': [] },
  },
  {
    rule: 'database-is-below-the-root-of-core',
    breaks: 'the folder of the tables imports the root',
    tree: { 'src/core/database/tables.ts': ['../errors.ts'], 'src/core/errors.ts': [] },
  },
]

test.each(broken)('$rule is broken when $breaks', async ({ rule, tree }) => {
  expect(await brokenRules(tree)).toEqual([rule])
})

test('folders that stand on each other in one direction break no rule', async () => {
  const tree = {
    'src/core/rooms/list.ts': ['../push/publish.ts', '../errors.ts'],
    'src/core/push/publish.ts': ['../errors.ts', '../database/tables.ts'],
    'src/core/errors.ts': ['./database/tables.ts'],
    'src/core/database/tables.ts': [],
  }
  expect(await brokenRules(tree)).toEqual([])
})
