import type { FieldError } from '../../src/protocol/errors.ts'
import type { Named } from '../../src/core/admin/audit-log.ts'
import { html, type Html, nothing } from './html.ts'

/** The message at the top of a page: an action was done, or there is an error. */
export function messageBox(kind: 'done' | 'error', text: Html | string): Html {
  return kind === 'done'
    ? html`<p class="message" role="status">${text}</p>`
    : html`<p class="message error" role="alert">${text}</p>`
}

interface Field {
  readonly name: string
  readonly label: string
  /** How the errors call the field, if not by its label. */
  readonly called?: string
  readonly hint?: string
  readonly value?: string
  readonly errors?: readonly FieldError[]
}

/** A field with its label, its hint and its errors. `control` gets the attributes that connect them. */
function field(given: Field, control: (ties: Html) => Html): Html {
  const { name, label, hint, errors = [] } = given
  const isWrong = errors.some((error) => error.field === name)
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(isWrong ? [`${name}-error`] : []),
  ].join(' ')
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint === undefined ? nothing : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${faultsOf(given)}
    ${control(
      html`id="${name}" name="${name}"
      ${described === '' ? nothing : html`aria-describedby="${described}"`}
      ${isWrong ? html`aria-invalid="true"` : nothing}`,
    )}
  </div>`
}

/** The errors of a field. */
export function faultsOf({ name, label, called = label, errors = [] }: Field): Html {
  const faults = errors.filter((error) => error.field === name)
  if (faults.length === 0) return nothing
  return html`<p class="fault" id="${name}-error">
    ${faults.map((fault) => `${called} ${fault.message}`).join('; ')}
  </p>`
}

export function textField(
  given: Field & {
    readonly type?: 'text' | 'password' | 'date' | 'datetime-local'
    readonly autocomplete?: string
    readonly inputmode?: 'text' | 'numeric'
    /** Whether the field gets the focus when the page opens. Use it for the only field of a page. */
    readonly isFocused?: boolean
  },
): Html {
  const { type = 'text', autocomplete = 'off', inputmode = 'text', value = '' } = given
  return field(
    given,
    (ties) =>
      html`<input
        type="${type}"
        inputmode="${inputmode}"
        autocomplete="${autocomplete}"
        autocapitalize="none"
        spellcheck="false"
        value="${value}"
        ${given.isFocused === true ? html`autofocus` : nothing}
        ${ties}
      />`,
  )
}

export function textArea(given: Field & { readonly rows?: number }): Html {
  // Browsers ignore the first line break in a textarea. So this adds one.
  return field(
    given,
    (ties) =>
      html`<textarea rows="${given.rows ?? 4}" ${ties}>${`\n${given.value ?? ''}`}</textarea>`,
  )
}

/** A field to choose one of a few options. Each option is its value and its name. */
export function selectField(
  given: Field & { readonly options: readonly (readonly [value: string, label: string])[] },
): Html {
  return field(
    given,
    (ties) =>
      html`<select ${ties}>
        ${given.options.map(
          ([value, label]) =>
            html`<option value="${value}" ${value === given.value ? html`selected` : nothing}>
              ${label}
            </option>`,
        )}
      </select>`,
  )
}

/** A line of a list of facts (`<dl class="facts">`). */
export function fact(label: string, value: Html | string): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`
}

/** A table. On a phone each row becomes a block, whose cells show the names of their columns. */
export function table(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  return html`<table aria-label="${label}">
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map(
              (cell, index) => html`<td data-label="${columns[index]}"><span>${cell}</span></td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** Links to the previous and the next page of a list. */
export function pager({ previous, next }: { previous: string | null; next: string | null }): Html {
  if (previous === null && next === null) return nothing
  return html`<nav class="pager" aria-label="Pages">
    ${previous === null ? nothing : html`<a href="${previous}" rel="prev">← Previous page</a>`}
    ${next === null ? nothing : html`<a href="${next}" rel="next">Next page →</a>`}
  </nav>`
}

export function userLink(user: Named | null, nobody: string): Html {
  if (user === null) return html`${nobody}`
  return user.username === null
    ? html`deleted user ${user.id}`
    : nameLink(user.id, user.username, user.displayName)
}

/** A link to a user's page. Its text is the username, which is unique. The display name follows it. */
export function nameLink(id: number, username: string, displayName: string | null): Html {
  return html`<span class="name"
    ><a href="/admin/users/${id}/">${username}</a
    >${displayName === null ? nothing : html` (<bdi>${displayName}</bdi>)`}</span
  >`
}
