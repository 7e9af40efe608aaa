import * as z from 'zod'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { auditActions } from '../../../src/core/database/audit-actions.ts'
import type { AuditEntry } from '../../../src/core/admin/audit-log.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { address, html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage } from '../layout.ts'
import type { auditQuery } from '../query.ts'
import { pager, selectField, table, textField, userLink } from '../parts.ts'
import { roomLink } from './rooms.ts'
import { actionNames } from './words.ts'

type Query = Omit<z.infer<typeof auditQuery>, 'limit' | 'cursor'>

export function auditPage(
  list: List<AuditEntry>,
  query: Query,
  errors: readonly FieldError[] = [],
): AdminPage {
  const isFiltered = Object.values(query).some((value) => value !== undefined)
  return {
    title: 'Audit log',
    section: 'Audit log',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<form class="line" method="get" action="/admin/audit/">
        ${selectField({
          name: 'action',
          label: 'Action',
          value: query.action ?? '',
          options: [
            ['', 'All actions'],
            ...auditActions.map((action) => [action, actionNames[action]] as const),
          ],
        })}
        ${textField({ name: 'by', label: 'By admin', value: query.by ?? '', errors })}
        ${textField({ name: 'about', label: 'To user', value: query.about ?? '', errors })}
        ${textField({ name: 'from', label: 'From', type: 'date', value: query.from ?? '', errors })}
        ${textField({ name: 'to', label: 'To', type: 'date', value: query.to ?? '', errors })}
        <button>Show</button>
        ${!isFiltered ? nothing : html`<a href="/admin/audit/">All entries</a>`}
      </form>
      ${
        errors.length > 0
          ? nothing
          : list.results.length === 0
            ? html`<p class="empty">No entries found.</p>`
            : html`${auditTable(list.results, 'Audit log')} ${pager(list)}`
      }`,
  }
}

export function auditTable(entries: readonly AuditEntry[], label: string): Html {
  return table(
    label,
    ['Time', 'Admin', 'Action', 'User or room', 'Reason or text', 'Change', 'Address'],
    entries.map((entry) => [
      time(entry.at),
      userLink(entry.actor, 'a script'),
      actionNames[entry.action],
      html`${userLink(entry.subject, entry.action === 'notice' ? 'everybody' : entry.room ? '' : '–')}
      ${entry.room === null ? nothing : html` ${entry.subject === null ? nothing : 'in '}${roomLink(entry.room)}`}`,
      textOf(entry.reason ?? entry.notice),
      changeOf(entry),
      address(entry.address, '–'),
    ]),
  )
}

const textOf = (text: string | null) => (text === null ? html`–` : written(text))

const valueShownMax = 200

/** Each changed value, before and after: `bio: from "Tea" to none`. */
function changeOf({ before, after }: AuditEntry): Html {
  const [was, is] = [readValues(before), readValues(after)]
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  const lines = names.map((name) => {
    const values = { was: shorten(was[name]), is: shorten(is[name]) }
    const both = before !== null && after !== null
    const told = both
      ? html`from <bdi>${values.was}</bdi> to <bdi>${values.is}</bdi>`
      : html`<bdi>${before === null ? values.is : values.was}</bdi>`
    return html`<div>${name.replaceAll('_', ' ')}: ${told}</div>`
  })
  return lines.length === 0 ? html`–` : html`<div class="written">${lines}</div>`
}

function readValues(json: string | null): Record<string, unknown> {
  return json === null ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(json))
}

function shorten(value: unknown): string {
  const text = value === undefined || value === null ? 'none' : JSON.stringify(value)
  return text.length > valueShownMax ? `${text.slice(0, valueShownMax)}…` : text
}
