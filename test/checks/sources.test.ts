import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { functionEntries, webSocketRoutes } from '../../functions/routes.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { operations } from '../../src/protocol/operations/index.ts'

test.each(Object.values(functionEntries))(
  '%s shows in 10 to 20 lines what its function is made of',
  async (path) => {
    const lines = (await readFile(join(projectRoot, path), 'utf8')).trimEnd().split('\n').length
    expect(lines).toBeGreaterThanOrEqual(10)
    expect(lines).toBeLessThanOrEqual(20)
  },
)

/** Names that many files export, because all of them are called in one way. */
const namesOfAKind: Readonly<Record<string, RegExp>> = {
  handler: /^functions\/[^/]+$/,
  functions: /^migrations\/functions\//,
  statements: /^migrations\/\d{4}-/,
}

/** The client library imports nothing of the server, so it has these in a form of its own. */
const sharedWithTheClient = new Set(['ChatError', 'toChatError', 'parseJson'])

/** Whether files that export the same name mean the same thing by it. */
function meanOneThing(name: string, paths: readonly string[]): boolean {
  const isIn = (path: RegExp) => paths.every((each) => path.test(each))
  if (namesOfAKind[name] && isIn(namesOfAKind[name])) return true
  const parts = paths.map((path) => path.split('/').slice(0, 2).join('/'))
  if (new Set(parts).size < parts.length) {
    // web/app/shell/panes.tsx loads components later.
    return isIn(/^web\/app\//) && paths.length === 2 && paths.includes('web/app/shell/panes.tsx')
  }
  if (sharedWithTheClient.has(name)) return isIn(/^(src\/(client|core)|functions)\//)
  // What carries out an operation is named after it: in the table, in the core, in the client and on the page.
  if (name in operations) return isIn(/^(src\/(protocol\/operations|core|client)|web\/app)\//)
  // The same goes for a route: its handler, and the function of the core behind it.
  const isRoute = Object.values<string>(webSocketRoutes).includes(name)
  return isRoute && isIn(/^(functions\/websocket|src\/core\/sockets)\//)
}

async function exportedNames(): Promise<Map<string, string[]>> {
  const files = glob('{bin,functions,lib,migrations,scripts,src,web}/**/*.{ts,tsx}', {
    cwd: projectRoot,
  })
  const found = new Map<string, Set<string>>()
  for await (const path of files) {
    // It is written from the protocol's schemas, so its names are theirs.
    if (path === 'src/client/wire.ts') continue
    const source = await readFile(join(projectRoot, path), 'utf8')
    for (const [, name] of source.matchAll(
      /^export (?:default )?(?:async )?(?:function\*?|const|let|class|interface|type) (\w+)/gm,
    )) {
      found.set(name!, (found.get(name!) ?? new Set()).add(path))
    }
  }
  return new Map([...found].map(([name, paths]) => [name, [...paths].toSorted()]))
}

test('no two things are exported with one name', async () => {
  const names = await exportedNames()
  expect(names.get('sendMessage')).toHaveLength(2)
  const unclear = [...names].filter(
    ([name, paths]) => paths.length > 1 && !meanOneThing(name, paths),
  )
  expect(unclear, 'rename the one that fewer files import').toEqual([])
})
