import { csrfField } from '../csrf.ts'
import { html, nothing, number } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'

/** Shows a notice and how many users it reaches. From here it is sent or changed. */
export function noticePreview(
  notice: {
    readonly text: string
    readonly subjectId: number | null
    readonly username: string
    readonly reach: number
    readonly formKey: string
  },
  { csrf }: PageViewer,
): AdminPage {
  const { text, username, reach } = notice
  const isForAll = notice.subjectId === null
  const users = reach === 1 ? '1 user' : `${number(reach)} users`
  return {
    title: 'Send this notice?',
    section: 'Notices',
    body: html`<p>
        The notice goes to <strong>${users}</strong>: ${isForAll ? 'everybody' : username}. You
        cannot take it back.
      </p>
      <blockquote>${text}</blockquote>
      <form method="post" action="/admin/notices/">
        ${csrfField(csrf)}
        <input type="hidden" name="key" value="${notice.formKey}" />
        <input type="hidden" name="to" value="${isForAll ? 'all' : 'one'}" />
        ${isForAll ? nothing : html`<input type="hidden" name="username" value="${username}" />`}
        <input type="hidden" name="text" value="${text}" />
        <div class="buttons">
          <button class="primary" name="do" value="send">Send to ${users}</button>
          <button name="do" value="change">Edit</button>
        </div>
      </form>`,
  }
}
