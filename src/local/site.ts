import { readFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { Marked } from 'marked'
import { gfmHeadingId } from 'marked-gfm-heading-id'
import { projectRoot } from './project-root.ts'
import { layout } from './site-layout.ts'
import { renderWebSocketPage } from './websocket-page.ts'

/** The only files that are ever read; documents under docs/ are found by their name. */
const files = new Map([
  ['/', 'web/index.html'],
  ['/style.css', 'web/style.css'],
  ['/docs/', 'docs/README.md'],
  ['/api/docs/', 'web/api-docs/index.html'],
  ['/api/docs/style.css', 'web/api-docs/style.css'],
  ['/api/docs/start.js', 'web/api-docs/start.js'],
  ['/api/docs/swagger-ui.css', 'node_modules/swagger-ui-dist/swagger-ui.css'],
  ['/api/docs/swagger-ui-bundle.js', 'node_modules/swagger-ui-dist/swagger-ui-bundle.js'],
  ['/README.md', 'README.md'],
  ['/CONTRIBUTING.md', 'CONTRIBUTING.md'],
  ['/CHANGELOG.md', 'CHANGELOG.md'],
  ['/LICENSE', 'LICENSE'],
])

const folders = new Set(['/docs', '/api/docs', '/api/docs/websocket'])

const types: Record<string, string> = {
  '.html': 'text/html',
  '.md': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

const markdown = new Marked(gfmHeadingId())

/** The pages beside the API: what this is, and its documents, rendered. */
export function createSite(): RequestListener {
  return (req, res) => {
    respond(req.method ?? 'GET', req.url ?? '/', res).catch(() => {
      if (!res.headersSent) send(res, 500, 'text/plain', 'something went wrong on our side\n')
      else res.destroy()
    })
  }
}

async function respond(method: string, url: string, res: ServerResponse): Promise<void> {
  const path = url.split('?', 1)[0]!
  if (method !== 'GET' && method !== 'HEAD') {
    return send(res, 405, 'text/plain', 'there is only GET here; the API is under /api/\n')
  }
  if (folders.has(path)) {
    res.writeHead(308, { Location: `${path}/` })
    res.end()
    return
  }
  if (path === '/api/docs/websocket/') return send(res, 200, 'text/html', renderWebSocketPage())
  const file = files.get(path) ?? documentOf(path)
  const content = file && (await readFile(join(projectRoot, file), 'utf8').catch(() => undefined))
  if (!file || content === undefined) {
    const body = '<h1>Not found</h1><p>There is no such page here. <a href="/">Home</a></p>'
    return send(res, 404, 'text/html', layout('Not found', body))
  }
  const type = types[extname(file)] ?? 'text/plain'
  if (!file.endsWith('.md')) return send(res, 200, type, content)
  const title = /^# (.+)$/m.exec(content)?.[1] ?? 'Quick Connect'
  send(res, 200, type, layout(title, await markdown.parse(content)))
}

/** `/docs/protocol`, `/docs/protocol.md` and `/docs/picture.svg`: words and dashes, so no way out of docs/. */
function documentOf(path: string): string | undefined {
  const match = /^\/docs\/((?:[a-z0-9-]+\/)*[a-z0-9-]+)(\.md|\.svg)?$/.exec(path)
  return match ? `docs/${match[1]}${match[2] ?? '.md'}` : undefined
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // Swagger UI's script asks for the document and what is tried out, and has pictures in its styles.
    'Content-Security-Policy':
      "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}
