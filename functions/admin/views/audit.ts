import { type AuditAction, auditActions } from '../../../src/core/admin/audit-actions.ts'
import type { AuditEntry } from '../../../src/core/admin/audit-log.ts'
import type { Page as List } from '../../../src/core/paging.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { Page } from '../layout.ts'
import { pager, table, userLink } from '../parts.ts'
import { roomLink } from './rooms.ts'
import { actionNames } from './words.ts'

export function auditPage(list: List<AuditEntry>, chosen: AuditAction | undefined): Page {
  return {
    title: 'Audit log',
    section: 'Audit log',
    body: html`<form class="line" method="get" action="/admin/audit/">
        <div class="field">
          <label for="action">What was done</label>
          <select id="action" name="action">
            <option value="">Everything</option>
            ${auditActions.map((action) =>
              action === chosen
                ? html`<option value="${action}" selected>${actionNames[action]}</option>`
                : html`<option value="${action}">${actionNames[action]}</option>`,
            )}
          </select>
        </div>
        <button>Show</button>
      </form>
      ${
        list.results.length === 0
          ? html`<p class="empty">No admin has done that so far.</p>`
          : auditTable(list.results, 'Audit log')
      }
      ${pager(list)}`,
  }
}

export function auditTable(entries: readonly AuditEntry[], label: string): Html {
  return table(
    label,
    ['When', 'Who', 'Did what', 'To whom or what', 'Reason or text'],
    entries.map((entry) => [
      time(entry.at),
      userLink(entry.actor, 'a script'),
      actionNames[entry.action],
      html`${userLink(entry.subject, entry.action === 'notice' ? 'everybody' : entry.room ? '' : '–')}
      ${entry.room === null ? nothing : html` ${entry.subject === null ? nothing : 'in '}${roomLink(entry.room)}`}`,
      written(entry.reason ?? entry.notice ?? '–'),
    ]),
  )
}
