import type { FieldError } from '../../../src/protocol/errors.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import { html, nothing } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { textField } from '../parts.ts'

/** The field of the password: a name that no other form of these pages has. */
export const passwordFieldName = 'admin_password'

/**
 * Asks an admin for their password again, and sends it to `action` with what was typed before, `kept`: nothing of that
 * is lost.
 */
export function passwordPage(
  { csrf }: PageViewer,
  action: string,
  kept: Form,
  errors: readonly FieldError[] = [],
): AdminPage {
  return {
    title: 'Confirm that it is you',
    ...(errors.length > 0 && { status: 400 }),
    body: html`<p>
        This needs your password once more: you last gave it more than 15 minutes ago.
        ${'next' in kept ? nothing : 'What you typed is kept.'}
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
          <button class="primary">Go on</button>
          <a href="/admin/">Cancel</a>
        </div>
      </form>`,
  }
}
