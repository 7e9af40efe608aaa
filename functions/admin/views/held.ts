import type { FieldError } from '../../../src/protocol/errors.ts'
import type { HeldMessage } from '../../../src/core/admin/held-messages.ts'
import { heldWordMaxCodePoints, heldWordsMax } from '../../../src/core/admin/held-words.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { messageBox, pager, table, textArea, userLink } from '../parts.ts'
import { placeOf } from './reports.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

const doneTexts = {
  published: 'Published.',
  discarded: 'Discarded. The author gets a notification.',
} as const

export function heldPage(
  list: List<HeldMessage>,
  selection: Selection,
  done: keyof typeof doneTexts | undefined,
): AdminPage {
  return {
    title: 'Held messages',
    section: 'Held messages',
    body: html`${done === undefined ? nothing : messageBox('done', doneTexts[done])}
      ${nothingChosen(selection)}
      <p>
        These texts contain one of the <a href="/admin/held/words/">words that hold messages</a>.
        Only their authors have seen them.
      </p>
      <p>
        <strong>Publish</strong> puts a message into its room with the present time, and notifies
        the mentioned users. An edit replaces the text of its message. <strong>Discard</strong>
        erases the text, and the author gets a notification. You cannot undo either of them.
      </p>
      ${
        list.results.length === 0
          ? html`<p class="empty">No held messages.</p>`
          : heldTable(list.results, selection)
      }
      ${pager(list)}`,
  }
}

function heldTable(held: readonly HeldMessage[], selection: Selection): Html {
  const { csrf } = selection.viewer
  return html`${table(
    'Held messages',
    ['Select', 'Time', 'Author', 'Room', 'Text', 'Action'],
    held.map(({ id, at, author, room, seq, text }) => {
      const whose = author?.username ?? 'nobody'
      return [
        tick(selection, id, `the text of ${whose}`),
        time(at),
        userLink(author, 'nobody'),
        html`${placeOf({ message: { roomId: room.id, seq: seq ?? 0, roomKind: room.kind, roomTitle: room.title } })}${seq === null ? nothing : html`, edit of message ${seq}`}`,
        written(text),
        html`<form class="buttons" method="post" action="/admin/held/${id}/">
          ${csrfField(csrf)}
          <button name="do" value="publish" aria-label="Publish the text of ${whose}">
            Publish
          </button>
          <button name="do" value="discard" aria-label="Discard the text of ${whose}">
            Discard
          </button>
        </form>`,
      ]
    }),
  )}
  ${selectionForm('held', selection)}`
}

export function heldWordsPage(
  words: string,
  { csrf }: PageViewer,
  {
    isSaved = false,
    errors = [],
  }: { isSaved?: boolean; errors?: readonly FieldError[] | undefined } = {},
): AdminPage {
  return {
    title: 'Words that hold messages',
    section: 'Held messages',
    ...(errors.length > 0 && { status: 400 }),
    body: html`${isSaved ? messageBox('done', 'Saved. The words hold messages that are sent from now on.') : nothing}
      <p>
        A message with one of these words is not published. It waits in the
        <a href="/admin/held/">held messages</a> until an admin publishes or discards it. The sender
        is told this. The same is true for edits, and in all rooms. In private rooms and direct
        chats, admins can read such a message before its members.
      </p>
      <form class="narrow" method="post" action="/admin/held/words/">
        ${csrfField(csrf)}
        ${textArea({
          name: 'words',
          label: 'Words',
          hint: `Write one word or phrase on each line. There may be ${heldWordsMax}, each of at most ${heldWordMaxCodePoints} characters. Case and accents do not matter. A * at the end matches any ending: spam* also finds spammer.`,
          value: words,
          errors,
          rows: 12,
        })}
        <button class="primary">Save</button>
      </form>`,
  }
}
