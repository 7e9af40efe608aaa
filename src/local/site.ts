import type { RequestListener, ServerResponse } from 'node:http'
import { siteHeaders } from '../site/headers.ts'
import { folders, listPages, notFound, type Page } from '../site/pages.ts'

interface KeptPage {
  readonly type: string
  readonly body: () => Promise<Buffer>
}

/** The pages beside the API, as CloudFront serves them on AWS from files. */
export function createSite(): RequestListener {
  const pages = new Map(
    listPages().flatMap((page) => {
      const kept = keep(page)
      return page.paths.map((path) => [path, kept] as const)
    }),
  )
  return (req, res) => {
    respond(pages, req.method ?? 'GET', req.url ?? '/', res).catch(() => {
      if (!res.headersSent) send(res, 500, 'text/plain', 'something went wrong on our side\n')
      else res.destroy()
    })
  }
}

/**
 * A page is read or rendered when it is first asked for, and kept. The same bytes are sent to everybody: what
 * waits for clients who read slowly is no copy.
 */
function keep({ type, render }: Page): KeptPage {
  let body: Promise<Buffer> | undefined
  const read = async () => Buffer.from(await render())
  return {
    type,
    body: () => {
      body ??= read().catch((error: unknown) => {
        // It is tried again.
        body = undefined
        throw error
      })
      return body
    },
  }
}

async function respond(
  pages: ReadonlyMap<string, KeptPage>,
  method: string,
  url: string,
  res: ServerResponse,
): Promise<void> {
  const path = url.split('?', 1)[0]!
  if (method !== 'GET' && method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD')
    return send(res, 405, 'text/plain', 'there is only GET here; the API is under /api/\n')
  }
  if (folders.includes(path)) {
    res.writeHead(308, { Location: `${path}/` })
    res.end()
    return
  }
  const page = pages.get(path)
  if (!page) return send(res, 404, 'text/html', notFound)
  send(res, 200, page.type, await page.body())
}

function send(res: ServerResponse, status: number, type: string, body: string | Buffer): void {
  res.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': siteHeaders.cacheControl,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': siteHeaders.referrerPolicy,
    'Content-Security-Policy': siteHeaders.contentSecurityPolicy,
  })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}
