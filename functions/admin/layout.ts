import { html, type Html } from './html.ts'
import { csrfField } from './csrf.ts'
import { icon } from './icon.ts'
import { stylePath } from './style.ts'

/** The admin who looks at a page, and the values for its forms. */
export interface PageViewer {
  readonly username: string
  readonly csrf: string
}

const sections = [
  { path: '/admin/', name: 'Overview' },
  { path: '/admin/users/', name: 'Users' },
  { path: '/admin/rooms/', name: 'Rooms' },
  { path: '/admin/connections/', name: 'Connections' },
  { path: '/admin/reports/', name: 'Reports' },
  { path: '/admin/held/', name: 'Held messages' },
  { path: '/admin/notices/', name: 'Notices' },
  { path: '/admin/announcements/', name: 'Announcements' },
  { path: '/admin/audit/', name: 'Audit log' },
] as const
export type Section = (typeof sections)[number]['name']

export interface AdminPage {
  readonly title: string
  readonly section?: Section
  readonly body: Html
  /** 400 for a form with errors, 409 for a form whose action is not possible now. */
  readonly status?: 400 | 409
}

/** Renders a whole page. Without a viewer it has no navigation. */
export function adminLayout({ title, section, body }: AdminPage, viewer?: PageViewer): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Quick Connect admin</title>
        <link rel="icon" href="${icon}" />
        <link rel="stylesheet" href="${stylePath}" />
      </head>
      <body>
        ${viewer ? pageWithNavigation(title, section, body, viewer) : door(title, body)}
      </body>
    </html>`
}

const brand = html`<p class="brand">Quick Connect <span>admin</span></p>`

/** A title may name a room, and a room's title may be written from right to left. */
const heading = (title: string) => html`<h1><bdi>${title}</bdi></h1>`

function pageWithNavigation(
  title: string,
  section: Section | undefined,
  body: Html,
  viewer: PageViewer,
): Html {
  return html`<a class="skip" href="#main">Skip to the page</a>
    <header>${brand} ${navigation(viewer, section)}</header>
    <main id="main" tabindex="-1">${heading(title)} ${body}</main>`
}

function door(title: string, body: Html): Html {
  return html`<div class="door">
    <div>
      <header>${brand}</header>
      <main>${heading(title)} ${body}</main>
    </div>
  </div>`
}

function navigation({ username, csrf }: PageViewer, section: Section | undefined): Html {
  return html`<nav aria-label="Admin">
      ${sections.map(({ path, name }) =>
        name === section
          ? html`<a href="${path}" aria-current="page">${name}</a>`
          : html`<a href="${path}">${name}</a>`,
      )}
    </nav>
    <form class="who" method="post" action="/admin/sign-out/">
      ${csrfField(csrf)}<a href="/admin/second-factor/" aria-label="${username}: two-step sign-in"
        >${username}</a
      >
      <button>Sign out</button>
    </form>`
}
