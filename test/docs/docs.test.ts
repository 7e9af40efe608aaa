/** Checks that the files, links, rules and names exist to which the documents refer. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src/local/project-root.ts'

const isLeftOut = /(^|\/)(node_modules|dist|cdk\.out|\.\w[^/]*)(\/|$)/

/** Paths of the project's files below a folder, from the root. */
function listFiles(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (isLeftOut.test(path)) return []
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8')
const isThere = (path: string) => existsSync(join(projectRoot, path))

const files = listFiles('.')
/** The changelog tells of what is gone, too. */
const documents = files.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md')
const withoutCode = (text: string) => text.replace(/^```[^]*?^```$/gm, '')

test('files and folders that a document names are there', () => {
  const named = /`((?:bin|docs|functions|lib|migrations|scripts|src|test|web)\/[\w./@-]*)`/g
  const missing = documents.flatMap((path) =>
    Array.from(read(path).matchAll(named), ([, name]) => name!)
      .filter((name) => !isThere(name))
      .map((name) => `${path} names ${name}`),
  )
  expect(missing).toEqual([])
})

/** As marked-gfm-heading-id, and the forges, make the anchors of headings. */
function anchorsOf(path: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = Array.from(withoutCode(read(path)).matchAll(/^#{1,6} (.+)$/gm), ([, heading]) => {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/`/g, '')
    const anchor = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
  return new Set(anchors)
}

test('links of the documents lead to a file, and to a heading of it', () => {
  const broken = documents.flatMap((path) =>
    Array.from(withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!)
      .filter((link) => !/^(https?:|mailto:|\/)/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#')
        const target = file === '' ? path : relative('.', join(dirname(path), file))
        if (!isThere(target)) return true
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor)
      })
      .map((link) => `${path} links to ${link}`),
  )
  expect(broken).toEqual([])
})

const protocol = read('docs/protocol.md')
const rules = Array.from(protocol.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm), ([, rule]) => rule!)
const parts = Array.from(protocol.matchAll(/^ {2}- \*\*([A-Z]\d+\.\d+)\*\*/gm), ([, part]) => part!)

test('the parts of a rule are numbered 1, 2, 3 … below it', () => {
  const inOrder = Array.from(
    protocol.matchAll(/^ *- \*\*([A-Z]\d+)(?:\.(\d+))?\*\*/gm),
    ([, rule, part]) => [rule!, part === undefined ? 0 : Number(part)] as const,
  )
  const misplaced = inOrder.filter(([rule, part], n) => {
    if (part === 0) return false
    const [ruleBefore, partBefore] = inOrder[n - 1]!
    return ruleBefore !== rule || partBefore !== part - 1
  })
  expect(misplaced).toEqual([])
  expect(new Set(rules).size).toBe(rules.length)
  expect(parts.length).toBeGreaterThan(0)
})

test('every rule that code, a test or a document cites is in the protocol', () => {
  const known = new Set([...rules, ...parts])
  const cited = /\[([A-Z]\d+(?:\.\d+)?(?:, [A-Z]\d+(?:\.\d+)?)*)\]/g
  const unknown = files
    .filter((path) => /\.(tsx?|md|js)$/.test(path))
    .flatMap((path) =>
      Array.from(read(path).matchAll(cited), ([, ids]) => ids!.split(', '))
        .flat()
        .filter((id) => !known.has(id))
        .map((id) => `${path} cites [${id}]`),
    )
  expect(unknown).toEqual([])
})

const names = /^[a-z]+[A-Z]\w*$|^\w+_v\d+$/

test('names of functions, types and settings in the documents are in the code', () => {
  const code = files.filter((path) => /\.(tsx?|js|cjs|sh|json)$/.test(path)).map(read)
  const known = new Set(code.join('\n').match(/\w+/g))
  const unknown = documents.flatMap((path) =>
    Array.from(withoutCode(read(path)).matchAll(/`(\w+)(?:\(\))?`/g), ([, name]) => name!)
      .filter((name) => names.test(name) && !known.has(name))
      .map((name) => `${path} names ${name}`),
  )
  expect(unknown).toEqual([])
})

test('the life of a message names functions that are in the files that it names', () => {
  const page = withoutCode(read('docs/life-of-a-message.md'))
  const words = Array.from(page.matchAll(/`([^`\n]+)`/g), ([, word]) => word!)
  const code = words
    .filter((word) => /^[\w-]+\/.*\.ts$/.test(word))
    .map((path) => read(path))
    .join('\n')
  const named = words.filter((word) => names.test(word))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([])
})
