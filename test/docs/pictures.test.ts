import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src/local/project-root.ts'

const images = join(projectRoot, 'docs/images')

test('each picture of the documents is small, is shown by one of them, and exists', () => {
  const files = readdirSync(images)
  const large = files.filter((file) => readFileSync(join(images, file)).length > 80_000)
  expect(large).toEqual([])
  const texts = [
    'README.md',
    ...readdirSync(join(projectRoot, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((path) => readFileSync(join(projectRoot, path), 'utf8'))
  const shown = texts.flatMap((text) => text.match(/(?<=images\/)[\w-]+\.(?:webp|svg)/g) ?? [])
  expect([...new Set(shown)].toSorted()).toEqual(files.toSorted())
})
