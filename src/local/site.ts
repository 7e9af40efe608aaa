import { readFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { marked } from 'marked'
import { projectRoot } from './project-root.ts'

const pages = new Map([
  ['/', 'web/index.html'],
  ['/style.css', 'web/style.css'],
  ['/docs/', 'docs/README.md'],
])

/** The pages beside the API: what this is, and its documentation, rendered from docs/. */
export function createSite(): RequestListener {
  return (req, res) => {
    respond(req.method ?? 'GET', req.url ?? '/', res).catch(() => {
      res.writeHead(500, { 'Content-Type': 'text/plain' })
      res.end('something went wrong on our side\n')
    })
  }
}

async function respond(method: string, url: string, res: ServerResponse): Promise<void> {
  const path = url.split('?', 1)[0]!
  if (method !== 'GET' && method !== 'HEAD') return send(res, 405, 'text/plain', 'only GET here\n')
  const file = pages.get(path) ?? documentOf(path)
  const content = file && (await readFile(join(projectRoot, file), 'utf8').catch(() => undefined))
  if (content === undefined) {
    return send(
      res,
      404,
      'text/html',
      layout('Not found', '<p>There is no such page. <a href="/">Home</a></p>'),
    )
  }
  if (file!.endsWith('.md')) {
    const title = /^# (.+)$/m.exec(content)?.[1] ?? 'Quick Connect'
    return send(res, 200, 'text/html', layout(title, await marked.parse(content)))
  }
  send(res, 200, file!.endsWith('.css') ? 'text/css' : 'text/html', content)
}

/** `/docs/protocol` and `/docs/protocol.md` alike, as the documents refer to each other. */
function documentOf(path: string): string | undefined {
  const name = /^\/docs\/((?:[a-z0-9-]+\/)*[a-z0-9-]+)(?:\.md)?$/.exec(path)?.[1]
  return name && `docs/${name}.md`
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · Quick Connect</title>
<link rel="stylesheet" href="/style.css">
</head>
<body class="document">
<nav aria-label="Site"><a href="/">Quick Connect</a> <a href="/docs/">Documentation</a></nav>
<main>${body}</main>
</body>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
  })
  res.end(body)
}
