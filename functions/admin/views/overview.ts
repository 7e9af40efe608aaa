import type { Days, OutcomesAt } from '../../../src/core/admin/days.ts'
import { figureMax, type Figures } from '../../../src/core/admin/figures.ts'
import type { Outcome } from '../../../src/core/monitoring/tally.ts'
import { html, type Html, nothing, number, time } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import { table } from '../parts.ts'
import { barChart } from './chart.ts'
import { upTo } from './rooms.ts'

const outcomeNames: Record<Outcome, string> = { error: 'Error', refusal: 'Refusal' }

export function overviewView(
  figures: Figures,
  { days, isBehind }: Days,
  outcomes: readonly OutcomesAt[],
): AdminPage {
  const of = (kind: Outcome) =>
    outcomes.filter((each) => each.kind === kind).reduce((sum, { count }) => sum + count, 0)
  return {
    title: 'Overview',
    section: 'Overview',
    body: html`<dl class="figures">
        ${figure('Open reports', figures.openReports, '/admin/reports/')}
        ${figure('Open connections', figures.sockets, '/admin/connections/')}
        ${figure('Errors in the last hour', of('error'), '#outcomes')}
        ${figure('Refusals in the last hour', of('refusal'), '#outcomes')}
        ${figure('Messages in the last 24 hours', figures.messagesToday, '#days')}
        ${figure('Messages in the last 7 days', figures.messagesThisWeek, '#days')}
        ${figure('Users', figures.users, '/admin/users/')}
        ${figure('New users in the last 7 days', figures.usersThisWeek, '/admin/users/')}
        ${figure('Public rooms', figures.publicRooms, '/admin/rooms/?kind=public')}
        ${figure('Private rooms', figures.privateRooms, '/admin/rooms/?kind=private')}
        ${figure('Direct chats', figures.directChats, '/admin/rooms/?kind=direct')}
      </dl>
      <p class="hint">A number above ${number(figureMax)} is shown as ${number(figureMax)}+.</p>
      <h2 id="days">The last 30 days</h2>
      ${
        isBehind
          ? html`<p class="message">
              Not all messages are counted yet. Load the page again to count more.
            </p>`
          : nothing
      }
      <div class="charts">
        ${barChart(
          'Messages per day',
          days.map(({ day, messages }) => ({ label: day, value: messages })),
        )}
        ${barChart(
          'Active users per day',
          days.map(({ day, activeUsers }) => ({ label: day, value: activeUsers })),
        )}
      </div>
      <p class="hint">
        Days are in UTC. A user is active on a day when they write a message on that day. New
        messages are counted after a minute.
      </p>
      <details>
        <summary>Show as a table</summary>
        ${table(
          'Messages and active users per day',
          ['Day', 'Messages', 'Active users'],
          days
            .toReversed()
            .map(({ day, messages, activeUsers }) => [day, number(messages), number(activeUsers)]),
        )}
      </details>
      <h2 id="outcomes">Errors and refusals in the last hour</h2>
      ${
        outcomes.length === 0
          ? html`<p class="empty">No errors or refusals.</p>`
          : table(
              'Errors and refusals, by ten minutes',
              ['From', 'Type', 'Number'],
              outcomes.map(({ at, kind, count }) => [time(at), outcomeNames[kind], number(count)]),
            )
      }
      <p class="hint">
        An error is a request or frame that the server failed to answer. A refusal is a request or
        frame over a limit. They appear here within a minute. The log has each error with its cause.
      </p>`,
  }
}

function figure(label: string, value: number, path: string): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd>
      <a href="${path}" aria-label="${label}: ${upTo(value, figureMax)}"
        >${upTo(value, figureMax)}</a
      >
    </dd>
  </div>`
}
