import type { FieldError } from '../../../src/protocol/errors.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing } from '../html.ts'
import type { AdminPage, Section, PageViewer } from '../layout.ts'
import { textArea, textField } from '../parts.ts'
import type { ActionWords } from './room-words.ts'

/** A form that is shown again, with the typed values and the errors. */
export interface Again {
  readonly draft: Readonly<Record<string, string>>
  readonly errors: readonly FieldError[]
}

interface Question {
  readonly title: string
  readonly section?: Section
  /** The target of the form, and the target of "Cancel". */
  readonly action: string
  readonly back: string
  readonly words: ActionWords
  /** Further content and fields of the form. */
  readonly fields?: Html
  readonly reasonLabel?: string
  readonly reasonHint?: string
  readonly draft?: Readonly<Record<string, string>>
  readonly errors?: readonly FieldError[]
}

/** Explains an action, and asks the admin to confirm it. */
export function questionPage(question: Question, { csrf }: PageViewer): AdminPage {
  const { title, action, back, words, fields = nothing, draft = {}, errors = [] } = question
  return {
    title,
    section: question.section ?? 'Rooms',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<p>${words.effect}</p>
      <form class="narrow" method="post" action="${action}">
        ${csrfField(csrf)} ${fields}
        ${textArea({
          name: 'reason',
          label: question.reasonLabel ?? 'Reason (optional)',
          called: 'Reason',
          hint: question.reasonHint ?? 'For the audit log. Members do not see it.',
          value: draft['reason'] ?? '',
          errors,
        })}
        <div class="buttons">
          <button class="${words.isBad ? 'primary bad' : 'primary'}">${words.button}</button>
          <a href="${back}">Cancel</a>
        </div>
      </form>`,
  }
}

/** The admin types the room's name, so that nobody deletes the wrong room. */
export function nameField(
  name: string,
  draft: Readonly<Record<string, string>>,
  errors: readonly FieldError[],
): Html {
  return html`${textField({
    name: 'name',
    label: 'Name of the room',
    hint: `Type ${name} to confirm.`,
    value: draft['name'] ?? '',
    errors,
  })}`
}

export function editFields(
  values: Readonly<Record<string, string>>,
  errors: readonly FieldError[],
): Html {
  return html`${textField({
    name: 'title',
    label: 'Title',
    hint: 'One line of up to 100 characters.',
    value: values['title'] ?? '',
    errors,
  })}
  ${textArea({
    name: 'description',
    label: 'Description',
    hint: 'Up to 1,000 characters.',
    value: values['description'] ?? '',
    errors,
  })}`
}
