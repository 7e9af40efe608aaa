import type { FieldError } from '../../../src/protocol/errors.ts'
import type { HeldMessage } from '../../../src/core/admin/held-messages.ts'
import { heldWordMaxCodePoints, heldWordsMax } from '../../../src/core/admin/held-words.ts'
import type { LinkedPage as List } from '../../http/links.ts'
import { csrfField } from '../csrf.ts'
import { html, type Html, nothing, time, written } from '../html.ts'
import type { AdminPage, PageViewer } from '../layout.ts'
import { message, pager, table, textArea, userLink } from '../parts.ts'
import { placeOf } from './reports.ts'
import { nothingChosen, type Selection, selectionForm, tick } from './selection.ts'

const doneTexts = {
  published: 'Published.',
  discarded: 'Discarded. Its author is told.',
} as const

export function heldPage(
  list: List<HeldMessage>,
  selection: Selection,
  done: keyof typeof doneTexts | undefined,
): AdminPage {
  return {
    title: 'Held messages',
    section: 'Held messages',
    body: html`${done === undefined ? nothing : message('done', doneTexts[done])}
      ${nothingChosen(selection)}
      <p>
        These texts have one of the <a href="/admin/held/words/">words that hold messages</a>.
        Nobody but their authors has seen them.
      </p>
      <p>
        <strong>Publish</strong> puts a message into its room with the present time, and notifies
        whom it mentions; an edit replaces the text of its message. <strong>Discard</strong> erases
        the text, and its author gets a notification. Neither can be undone.
      </p>
      ${
        list.results.length === 0
          ? html`<p class="empty">No message waits.</p>`
          : heldTable(list.results, selection)
      }
      ${pager(list)}`,
  }
}

function heldTable(held: readonly HeldMessage[], selection: Selection): Html {
  const { csrf } = selection.viewer
  return html`${table(
    'Held messages',
    ['Select', 'When', 'Who', 'Where', 'Text', 'Action'],
    held.map(({ id, at, author, room, seq, text }) => {
      const whose = author?.username ?? 'nobody'
      return [
        tick(selection, id, `the text of ${whose}`),
        time(at),
        userLink(author, 'nobody'),
        html`${placeOf({ message: { roomId: room.id, seq: seq ?? 0, roomKind: room.kind, roomTitle: room.title } })}${seq === null ? nothing : html`, edit of message ${seq}`}`,
        html`<span dir="auto">${written(text)}</span>`,
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
    body: html`${isSaved ? message('done', 'Saved. The words hold what is sent from now on.') : nothing}
      <p>
        A message with one of these words is not published. It waits among the
        <a href="/admin/held/">held messages</a> until an admin publishes or discards it, and its
        sender is told so. That holds for edits, too, and in all rooms. In private rooms and direct
        chats an admin then reads a message that nobody else can read.
      </p>
      <form class="narrow" method="post" action="/admin/held/words/">
        ${csrfField(csrf)}
        ${textArea({
          name: 'words',
          label: 'Words',
          hint: `One word or phrase in each line, at most ${heldWordsMax}, of at most ${heldWordMaxCodePoints} characters. Upper and lower case and accents do not count. A * at the end stands for any ending: spam* also finds spammer.`,
          value: words,
          errors,
          rows: 12,
        })}
        <button class="primary">Save</button>
      </form>`,
  }
}
