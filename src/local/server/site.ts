import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { policyOf, siteHeaders } from '../../../web/site/headers.ts'
import {
  assetPaths,
  builtPage,
  folders,
  listPages,
  notFound,
  type Page,
  pagePaths,
  typeOf,
} from '../../../web/site/pages.ts'

interface KeptPage {
  readonly type: string
  readonly body: () => Promise<Body>
}

interface Body {
  readonly plain: Buffer
  /** Only for texts that are long enough to benefit. */
  readonly gzipped?: Buffer
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Body
  readonly cacheControl?: string
}

const isAsset = new RegExp(assetPaths)
const isOfPage = new RegExp(pagePaths)

/**
 * Serves the pages beside the API, as CloudFront serves them from files on AWS. `built` is the folder of the built
 * page.
 */
export function createSite(built = builtPage): RequestListener {
  const pages = new Map(
    listPages().flatMap((page) => {
      const kept = keep(page)
      return page.paths.map((path) => [path, kept] as const)
    }),
  )
  const assets = new Map<string, KeptPage>()

  /** Finds files of older builds too, because tabs that were opened before an update ask for them. */
  async function findAsset(path: string): Promise<Answer> {
    const asset =
      assets.get(path) ?? keep({ type: typeOf(path), render: () => readFile(join(built, path)) })
    const body = await asset.body()
    assets.set(path, asset)
    return { status: 200, type: asset.type, body, cacheControl: siteHeaders.cacheForever }
  }

  async function find(path: string, req: IncomingMessage): Promise<Answer> {
    if (isAsset.test(path)) return await findAsset(path).catch(() => missing)
    const page =
      pages.get(path) ?? (isOfPage.test(path) && isForPage(req) ? pages.get('/') : undefined)
    if (!page) return missing
    return { status: 200, type: page.type, body: await page.body() }
  }

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '/').split('?', 1)[0]!
    const method = req.method ?? 'GET'
    if (method !== 'GET' && method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      return send(res, path, plain(405, 'there is only GET here; the API is under /api/\n'))
    }
    if (folders.includes(path)) {
      res.writeHead(308, { Location: `${path}/` })
      res.end()
      return
    }
    send(res, path, await find(path, req))
  }

  return (req, res) => {
    respond(req, res).catch(() => {
      if (!res.headersSent) send(res, '/', plain(500, 'internal server error: try again later\n'))
      else res.destroy()
    })
  }
}

const plain = (status: number, text: string): Answer => ({
  status,
  type: typeOf('a.txt'),
  body: { plain: Buffer.from(text) },
})

const missing: Answer = {
  status: 404,
  type: typeOf('a.html'),
  body: { plain: Buffer.from(notFound) },
}

/** A browser says if it wants a picture, a script or the like. Such a request must not get a page instead. */
function isForPage({ headers }: IncomingMessage): boolean {
  return ['document', 'empty'].includes(headers['sec-fetch-dest'] ?? 'document')
}

/**
 * Reads or renders a page at its first request, and keeps it. All clients are sent the same bytes, so clients that
 * read slowly cost no copies.
 */
function keep({ type, render }: Pick<Page, 'type' | 'render'>): KeptPage {
  let body: Promise<Body> | undefined
  const read = async (): Promise<Body> => {
    const plain = Buffer.from(await render())
    const isText = /^text\/|svg|json/.test(type)
    return { plain, ...(isText && plain.length > 1_000 && { gzipped: await compress(plain) }) }
  }
  return {
    type,
    body: () => {
      body ??= read().catch((error: unknown) => {
        // The next request tries again.
        body = undefined
        throw error
      })
      return body
    },
  }
}

const compress = promisify(gzip)

function send(
  res: ServerResponse,
  path: string,
  { status, type, body, cacheControl }: Answer,
): void {
  const takesGzip = /\bgzip\b/.test(res.req.headers['accept-encoding']?.toString() ?? '')
  const bytes = (takesGzip && body.gzipped) || body.plain
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': cacheControl ?? siteHeaders.cacheControl,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': siteHeaders.referrerPolicy,
    'Content-Security-Policy': policyOf(path),
    ...(body.gzipped && { Vary: 'Accept-Encoding' }),
    ...(bytes === body.gzipped && { 'Content-Encoding': 'gzip' }),
  })
  res.end(res.req.method === 'HEAD' ? undefined : bytes)
}
