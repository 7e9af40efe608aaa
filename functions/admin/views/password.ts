import type { FieldError } from '../../../src/protocol/errors.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, nothing } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { textField } from '../parts.ts'

/** The name of the password's field. No other form of these pages uses it. */
export const passwordFieldName = 'admin_password'

/**
 * Asks an admin for their password again, and sends it to `action`. `kept` has the fields of the form that was sent
 * before. They are sent again, so nothing is lost.
 */
export function passwordPage(
  { csrf }: PageViewer,
  action: string,
  kept: Form,
  errors: readonly FieldError[] = [],
): AdminPage {
  return {
    title: 'Confirm your password',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<p>
        This action needs your password again, because you gave it more than 15 minutes ago.
        ${'next' in kept ? nothing : 'Your other entries are kept.'}
      </p>
      <form class="narrow" method="post" action="${action}">
        ${csrfField(csrf)}
        ${Object.entries(kept).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        ${textField({
          name: passwordFieldName,
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
          isFocused: true,
          errors,
        })}
        <div class="buttons">
          <button class="primary">Continue</button>
          <a href="/admin/">Cancel</a>
        </div>
      </form>`,
  }
}
