import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Marked } from 'marked'
import { gfmHeadingId } from 'marked-gfm-heading-id'
import { layout } from './layout.ts'
import { renderWebSocketPage } from './websocket-page.ts'

export interface Page {
  /** What it is asked for as. */
  readonly paths: readonly string[]
  /** Its name where it is kept as a file, ending in what it is. */
  readonly key: string
  readonly type: string
  readonly render: () => string | Promise<string>
}

/** Asked for without their last slash, they are elsewhere: links of their pages are relative. */
export const folders: readonly string[] = [
  '/docs',
  '/docs/decisions',
  '/api/docs',
  '/api/docs/websocket',
]

export const notFound = layout(
  'Not found',
  '<h1>Not found</h1><p>There is no such page here. <a href="/">Home</a></p>',
)

const root = fileURLToPath(new URL('../..', import.meta.url))
const markdown = new Marked(gfmHeadingId())

const types: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
}

/** The one list of the pages beside the API: what this is, and its documents, rendered when asked for. */
export function listPages(): Page[] {
  return [
    file('web/index.html', 'index.html', '/'),
    file('web/style.css', 'style.css'),
    file('web/api-docs/index.html', 'api/docs/index.html', '/api/docs/'),
    file('web/api-docs/style.css', 'api/docs/style.css'),
    file('web/api-docs/start.js', 'api/docs/start.js'),
    file('node_modules/swagger-ui-dist/swagger-ui.css', 'api/docs/swagger-ui.css'),
    file('node_modules/swagger-ui-dist/swagger-ui-bundle.js', 'api/docs/swagger-ui-bundle.js'),
    page('api/docs/websocket/index.html', ['/api/docs/websocket/'], renderWebSocketPage),
    document('README.md'),
    document('CONTRIBUTING.md'),
    document('CHANGELOG.md'),
    file('LICENSE', 'LICENSE.txt', '/LICENSE'),
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .toSorted()
      .flatMap((name) => documentation(`docs/${name}`)),
  ]
}

function page(key: string, paths: readonly string[], render: Page['render']): Page {
  return { key, paths, type: types[extname(key)] ?? 'text/plain', render }
}

function file(source: string, key: string, path = `/${key}`): Page {
  return page(key, [path], () => read(source))
}

/** Rendered, under the name that other documents and the forge know it by. */
function document(source: string, ...paths: string[]): Page {
  return page(source.replace(/\.md$/, '.html'), [`/${source}`, ...paths], async () => {
    const text = await read(source)
    const title = /^# (.+)$/m.exec(text)?.[1] ?? 'Quick Connect'
    return layout(title, await markdown.parse(text))
  })
}

function documentation(source: string): Page[] {
  if (source.endsWith('.svg')) return [file(source, source)]
  if (!source.endsWith('.md')) return []
  const path = `/${source.slice(0, -'.md'.length)}`
  return [document(source, path.replace(/README$/, ''))]
}

function read(source: string): Promise<string> {
  return readFile(join(root, source), 'utf8')
}
