import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Marked } from 'marked'
import { gfmHeadingId } from 'marked-gfm-heading-id'
import { designTokens } from '../tokens.ts'
import { listBuiltFiles } from './built-page.ts'
import { layout } from './layout.ts'
import { renderWebSocketPage } from './websocket-page.ts'

export interface Page {
  /** The paths of the page. */
  readonly paths: readonly string[]
  /** The file name of the page, whose ending gives its media type. */
  readonly key: string
  readonly type: string
  readonly render: () => string | Buffer | Promise<string | Buffer>
}

/** Paths that are redirected to the same path with a slash, because the links of their pages are relative. */
export const folders: readonly string[] = [
  '/docs',
  '/docs/decisions',
  '/api/docs',
  '/api/docs/websocket',
]

export const notFound = layout(
  'Not found',
  '<h1>Not found</h1><p>This page does not exist. <a href="/">Home</a></p>',
)

/**
 * Matches the paths that the chat's page handles itself, such as `/rooms/12`: paths that do not belong to another part of
 * the site and do not look like a file. The page itself shows when a path does not exist.
 */
export const pagePaths = String.raw`^(?!/(?:admin|api|assets|docs|ws)(?:/|$))(?:/[\w~@%:+-]+)+/?$`

/** The path of the chat page's parts. Each is named by a hash of its content. */
export const assetPaths = String.raw`^/assets/[\w-][\w.-]*$`

const root = fileURLToPath(new URL('../..', import.meta.url))
const markdown = new Marked(gfmHeadingId())

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** The directory of the page that `npm run build:web` builds. */
export const builtPage = join(root, 'dist/web')

/** The list of all pages besides the API: the chat's page, and the documents, which are rendered on request. */
export function listPages(): Page[] {
  return [
    ...listBuiltFiles(builtPage)
      .filter((key) => !isAsset(key))
      .map((key) => file(`dist/web/${key}`, key, key === 'index.html' ? '/' : `/${key}`)),
    sheet('web/site/style.css', 'style.css'),
    file('web/api-docs/index.html', 'api/docs/index.html', '/api/docs/'),
    sheet('web/api-docs/style.css', 'api/docs/style.css'),
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

/** The parts of the present chat page. Parts of earlier builds stay available for a while. */
export function listAssets(): Page[] {
  return listBuiltFiles(builtPage)
    .filter(isAsset)
    .map((key) => file(`dist/web/${key}`, key))
}

const isAsset = (key: string) => key.startsWith('assets/')

/** Returns the media type of a file by its ending. */
export function typeOf(key: string): string {
  const type = types[extname(key)]
  if (type === undefined) throw new Error(`${key}: name its type in web/site/pages.ts`)
  return type
}

function page(key: string, paths: readonly string[], render: Page['render']): Page {
  return { key, paths, type: typeOf(key), render }
}

function file(source: string, key: string, path = `/${key}`): Page {
  return page(key, [path], () => read(source))
}

/** After the tokens, which it is written with, and what both sheets share. */
function sheet(source: string, key: string): Page {
  return page(key, [`/${key}`], async () => {
    const sheets = await Promise.all(['web/site/nav.css', source].map(read))
    return [designTokens, ...sheets].join('\n')
  })
}

/** A document, rendered as a page under the path that other documents use in their links. */
function document(source: string, ...paths: string[]): Page {
  return page(source.replace(/\.md$/, '.html'), [`/${source}`, ...paths], async () => {
    const text = (await read(source)).toString()
    const title = /^# (.+)$/m.exec(text)?.[1] ?? 'Quick Connect'
    return layout(title, await markdown.parse(text))
  })
}

function documentation(source: string): Page[] {
  if (/\.(svg|png|webp)$/.test(source)) return [file(source, source)]
  if (!source.endsWith('.md')) return []
  const path = `/${source.slice(0, -'.md'.length)}`
  return [document(source, path.replace(/README$/, ''))]
}

function read(source: string): Promise<Buffer> {
  return readFile(join(root, source))
}
