import { sql } from 'kysely'
import type { TestServer } from './chat-server.ts'
import { type TestUser, testPassword } from './test-user.ts'

export interface Shown {
  readonly status: number
  /** The path that the browser ended at. */
  readonly path: string
  readonly headers: Headers
  readonly html: string
}

/** Acts as a browser without scripts on the admin's pages: it keeps cookies, follows redirects, and fills in forms. */
export class AdminBrowser {
  readonly origin: string
  readonly cookies = new Map<string, string>()
  /** The cookies as the server last set them, with all attributes. */
  setCookies: string[] = []
  #headers: Record<string, string>

  constructor(
    server: { readonly running: Pick<TestServer['running'], 'adminPort'> },
    headers: Record<string, string> = {},
  ) {
    this.origin = `http://localhost:${server.running.adminPort}`
    this.#headers = headers
  }

  async get(path: string): Promise<Shown> {
    return await this.#ask('GET', path)
  }

  /** Sends a form of `page` with its own values, except for the given fields. */
  async submit(page: Shown, action: string, fields: Record<string, string> = {}): Promise<Shown> {
    return await this.post(action, { ...hiddenFields(page.html, action), ...fields })
  }

  /** Sends any fields, with an Origin as a browser would. */
  async post(
    path: string,
    fields: Record<string, string> | string,
    headers: Record<string, string> = {},
  ): Promise<Shown> {
    return await this.#ask('POST', path, {
      body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Origin: this.origin,
        ...headers,
      },
    })
  }

  async signIn(username: string, password = testPassword): Promise<Shown> {
    const page = await this.get('/admin/sign-in/')
    return await this.submit(page, '/admin/sign-in/', { username, password })
  }

  async #ask(
    method: string,
    path: string,
    { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Shown> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(this.origin + path, {
      method,
      redirect: 'manual',
      headers: { ...this.#headers, ...headers, ...(cookie !== '' && { Cookie: cookie }) },
      ...(body !== undefined && { body }),
    })
    const set = response.headers.getSetCookie()
    if (set.length > 0) this.setCookies = set
    for (const each of set) this.#keep(each)
    const next = response.headers.get('location')
    const html = await response.text()
    if (next !== null) return await this.#ask('GET', next)
    return { status: response.status, path, headers: response.headers, html }
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    if (/max-age=0/i.test(cookie)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** Returns what a form sends by itself. Throws when the page has no such form. */
export function hiddenFields(html: string, action: string): Record<string, string> {
  const form = html.split('<form').find((part) => part.includes(`action="${action}"`))
  if (form === undefined) throw new Error(`no form for ${action} in: ${html}`)
  const inputs = form.split('</form>', 1)[0]!.match(/<input\s[^>]*type="hidden"[^>]*>/g) ?? []
  return Object.fromEntries(
    inputs.map((input) => {
      const read = (name: string) =>
        unescape(new RegExp(`\\s${name}="([^"]*)"`).exec(input)?.[1] ?? '')
      return [read('name'), read('value')]
    }),
  )
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function unescape(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!)
}

/** Returns the text of a page as a person reads it. */
export function textOf({ html }: Shown): string {
  const body = html.slice(html.indexOf('<main'))
  return unescape(body.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

export async function makeAdmin(server: TestServer, user: TestUser): Promise<void> {
  await sql`update users set is_admin = true where id = ${user.id}`.execute(server.db)
}

/** Makes a new admin who is signed in. */
export async function openAsAdmin(
  server: TestServer,
): Promise<{ user: TestUser; browser: AdminBrowser }> {
  const user = await server.register()
  await makeAdmin(server, user)
  const browser = new AdminBrowser(server)
  const shown = await browser.signIn(user.username)
  if (shown.path !== '/admin/') throw new Error(`not signed in: ${shown.html}`)
  return { user, browser }
}
