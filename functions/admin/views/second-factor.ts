import type { FieldError } from '../../../src/protocol/errors.ts'
import type { SecondFactor, SecondFactorBegun } from '../../../src/protocol/second-factor.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing, time } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { fact, messageBox, textField } from '../parts.ts'

const title = 'Two-step sign-in'

export function factorPage(
  factor: SecondFactor,
  viewer: PageViewer,
  { isRequired, done }: { readonly isRequired: boolean; readonly done: 'off' | undefined },
): AdminPage {
  return {
    title,
    body: html`${done === undefined ? nothing : messageBox('done', 'Two-step sign-in is off.')}
    ${factor.enabled ? onPart(factor, viewer, isRequired) : offPart(viewer, isRequired)}`,
  }
}

function offPart(viewer: PageViewer, isRequired: boolean): Html {
  return html`${
      isRequired
        ? messageBox('error', 'Admins need two-step sign-in on this server. Set it up to continue.')
        : nothing
    }
    <p>
      With two-step sign-in, you enter your password and a code from an authenticator app on your
      phone. This applies to your whole account, here and in the chat.
    </p>
    ${button(viewer, 'begin', 'Set up…', 'primary')}`
}

function onPart(
  { enabled_at, recovery_codes_left: left }: SecondFactor,
  viewer: PageViewer,
  isRequired: boolean,
): Html {
  return html`<dl class="facts">
      ${fact('Status', enabled_at === null ? 'On' : html`On since ${time(new Date(enabled_at))}`)}
      ${fact('Recovery codes left', String(left))}
    </dl>
    ${left <= 3 ? messageBox('error', 'Make new recovery codes before the last one is used.') : nothing}
    <h2>New recovery codes</h2>
    <p>The new codes replace the old ones.</p>
    ${button(viewer, 'codes', 'Make new recovery codes')}
    <h2>Turn it off</h2>
    ${
      isRequired
        ? html`<p>Admins need two-step sign-in on this server. You cannot turn it off.</p>`
        : html`<p>Then you sign in with only your password, here and in the chat.</p>
            ${button(viewer, 'off', 'Turn off', 'primary bad')}`
    }`
}

/** The QR code and the secret, and a field for the first code. */
export function scanPage(
  { secret, qr_svg }: SecondFactorBegun,
  { csrf }: PageViewer,
  errors: readonly FieldError[] = [],
): AdminPage {
  const picture = `data:image/svg+xml;base64,${Buffer.from(qr_svg).toString('base64')}`
  return {
    title,
    ...(errors.length > 0 && { status: 400 }),
    body: html`<ol class="steps">
      <li>
        <p>Scan this picture with an authenticator app or a password manager.</p>
        <img
          class="qr"
          src="${picture}"
          alt="QR code with the secret below"
          width="240"
          height="240"
        />
        <p>
          No camera? Type this secret into the app:<br /><code class="secret"
            >${inGroups(secret)}</code
          >
        </p>
      </li>
      <li>
        <form class="narrow" method="post" action="/admin/second-factor/confirm/">
          ${csrfField(csrf)}
          ${textField({
            name: 'code',
            label: 'Code',
            hint: 'Enter the 6 digits that the app shows now.',
            autocomplete: 'one-time-code',
            inputmode: 'numeric',
            errors,
          })}
          <div class="buttons">
            <button class="primary">Turn on</button>
            <a href="/admin/second-factor/">Cancel</a>
          </div>
        </form>
      </li>
    </ol>`,
  }
}

/** Shows the recovery codes, only once. */
export function codesPage(codes: readonly string[], isNew: boolean): AdminPage {
  return {
    title: 'Your recovery codes',
    body: html`${messageBox('done', isNew ? 'Two-step sign-in is on.' : 'The old codes do not work any more.')}
      <p>
        Each code works once, when you do not have your phone. Print the codes, or keep them in a
        password manager. <strong>They are not shown again.</strong>
      </p>
      <ol class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <p><a class="button primary" href="/admin/">I have saved them</a></p>`,
  }
}

function inGroups(secret: string): string {
  return secret.replace(/.{4}(?=.)/g, '$& ')
}

function button(
  { csrf }: PageViewer,
  action: 'begin' | 'codes' | 'off',
  label: string,
  look = '',
): Html {
  return html`<form method="post" action="/admin/second-factor/${action}/">
    ${csrfField(csrf)}<button class="${look}">${label}</button>
  </form>`
}
