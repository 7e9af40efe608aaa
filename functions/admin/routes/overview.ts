import { figureMax, readFigures } from '../../../src/core/admin/figures.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { html, type Html, number } from '../html.ts'
import type { Pages } from '../pages.ts'

export function overviewPage(pages: Pages, { db }: AdminRuntime): void {
  pages.get('/admin', async () => {
    const figures = await readFigures(db)
    return {
      title: 'Overview',
      section: 'Overview',
      body: html`<dl class="figures">
          ${figure('Users', figures.users)} ${figure('New users in 7 days', figures.usersThisWeek)}
          ${figure('Public rooms', figures.publicRooms)}
          ${figure('Private rooms', figures.privateRooms)}
          ${figure('Direct chats', figures.directChats)}
          ${figure('Messages in 24 hours', figures.messagesToday)}
          ${figure('Messages in 7 days', figures.messagesThisWeek)}
          ${figure('Sockets now', figures.sockets)}
        </dl>
        <p class="hint">No figure is counted beyond ${number(figureMax)}.</p>`,
    }
  })
}

function figure(label: string, value: number): Html {
  const shown = value > figureMax ? `${number(figureMax)}+` : number(value)
  return html`<div>
    <dt>${label}</dt>
    <dd>${shown}</dd>
  </div>`
}
