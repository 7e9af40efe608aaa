import { signal, useSignal, useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { myId } from '../chat/client.ts'
import { draftOf, setDraft } from '../chat/drafts.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { sendMessage } from '../chat/send-message.ts'
import { EmojiPopover } from '../emoji/emoji-popover.tsx'
import { plainText } from '../markdown/plain-text.ts'
import { afterPaint } from '../parts/after-paint.ts'
import { IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { explain } from '../parts/use-task.ts'
import { loadAllTexts, t } from '../text/text.ts'
import { type Completing, completingAt } from './completion.ts'
import type { CompletionKeys, CompletionList } from './completion-list.tsx'
import { beginEdit, draftChanges, endReplyOrEdit } from './composing.ts'
import { slowModeId } from './slow-mode.tsx'
import './composer.css'

/** The longest text that the server accepts while the room is not known, in code points. */
const textMaxAnywhere = 4_000
/** The composer shows how many characters are left when there are no more than this. */
const leftShown = (textMax: number) => Math.max(50, textMax / 10)
/** The client library tells the others every 3 seconds that somebody types. It is not asked with each key. */
const tellTypingMs = 1_000

/** On a touch screen Enter begins a new line, and the button sends. */
const isTouch = matchMedia('(pointer: coarse)').matches
const growsByItself = CSS.supports('field-sizing', 'content')

/** The list of suggestions is loaded when there is the first suggestion. */
const list = signal<{ readonly component: typeof CompletionList } | null>(null)
async function loadList(): Promise<void> {
  if (list.peek()) return
  try {
    const [{ CompletionList: component }] = await Promise.all([
      import('./completion-list.tsx'),
      loadAllTexts(),
    ])
    list.value = { component }
  } catch {
    // Further typing tries to load it again.
  }
}

/**
 * The field for writing. The browser owns its contents: typing renders nothing here. Each change is stored as the
 * room's draft.
 */
export function Composer({ held }: { readonly held: HeldRoom }) {
  const { handle, view } = held
  const { id } = handle
  const { room, messages } = view.value
  const textMax = room?.text_max ?? textMaxAnywhere
  const field = useRef<HTMLTextAreaElement>(null)
  const isEmpty = useSignal(true)
  const left = useSignal<number | null>(null)
  const error = useSignal<string | null>(null)
  /** The room whose message is being edited. */
  const busyIn = useSignal<number | null>(null)
  const isBusy = busyIn.value === id
  /** The first key of a text changes this and nothing else of the composer, so it renders nothing else. */
  const cannotSend = useComputed(() => isEmpty.value || (left.value ?? 0) < 0)
  const completing = useSignal<Completing | null>(null)
  /** Where the suggestions were closed. They stay closed for that word. */
  const closedAt = useRef(-1)
  const keys = useRef<CompletionKeys>(null)
  /** Looks for a word to complete, and tells the others of the typing. null: nothing was typed since. */
  const due = useRef<(() => void) | null>(null)
  const toldTypingAt = useRef(-Infinity)
  const emojiButton = useRef<HTMLButtonElement>(null)
  const isPicking = useSignal(false)

  const changes = draftChanges.value
  const { replyTo, edit } = draftOf(id)
  const about = edit?.seq ?? replyTo
  const quoted = about ? messages.find(({ seq }) => seq === about) : undefined

  function look(): void {
    const { value } = field.current!
    isEmpty.value = value.trim() === ''
    const isLong = value.length >= textMax - leftShown(textMax)
    left.value = isLong ? textMax - Array.from(value.trim()).length : null
    if (growsByItself) return
    field.current!.style.height = 'auto'
    field.current!.style.height = `${field.current!.scrollHeight}px`
  }

  function lookForWord(): void {
    due.current = null
    const { value, selectionStart, selectionEnd } = field.current!
    const found = selectionStart === selectionEnd ? completingAt(value, selectionStart) : null
    if (found?.from !== closedAt.current) closedAt.current = -1
    const isOpen = found !== null && closedAt.current < 0
    if (isOpen && found.isClosed) void replaceName(found)
    else if (isOpen) void loadList()
    if (isOpen && found.query === completing.peek()?.query && found.to === completing.peek()?.to) {
      return
    }
    completing.value = isOpen && !found.isClosed ? found : null
  }

  /** Does the rest of the work for a key, after the frame that shows the key. */
  function followKey(value: string, caret: number): void {
    const mine = (due.current ??= afterPaint(() => {
      // Something else has looked already, or this is another room by now.
      if (due.current !== mine || !field.current) return
      lookForWord()
      if (edit || field.current.value.trim() === '') return
      const now = performance.now()
      if (now - toldTypingAt.current < tellTypingMs) return
      toldTypingAt.current = now
      handle.typing()
    }))
    // The name of an emoji is replaced before the next key.
    if (value[caret - 1] === ':') lookForWord()
  }

  /** Puts an emoji in the place of its name. If the user typed on meanwhile, it stands before that text. */
  async function replaceName({ from, to, query }: Completing): Promise<void> {
    const emojis = await import('../emoji/emojis.ts').catch(() => null)
    const emoji = emojis?.emojiNamed(query)
    const element = field.current
    if (!emojis || emoji === undefined || element?.value.slice(from, to) !== `:${query}:`) return
    const { selectionStart, selectionEnd } = element
    emojis.keepRecent(emoji)
    // Meanwhile the user may have gone elsewhere on the page.
    if (document.activeElement !== element) {
      element.setRangeText(withSpace(emoji, to), from, to, 'preserve')
      element.dispatchEvent(new Event('input', { bubbles: true }))
      return
    }
    const grown = replace(from, to, emoji)
    const moved = (at: number) => (at < to ? at : at + grown)
    element.setSelectionRange(moved(selectionStart), moved(selectionEnd))
  }

  /** Inserts text as if it were typed, so that the user can undo it. */
  function insert(text: string, from?: number, to?: number): void {
    const element = field.current!
    element.focus()
    if (from !== undefined && to !== undefined) element.setSelectionRange(from, to)
    // oxlint-disable-next-line typescript/no-deprecated -- nothing else keeps what can be undone
    if (document.execCommand('insertText', false, text)) return
    element.setRangeText(text, element.selectionStart, element.selectionEnd, 'end')
    element.dispatchEvent(new Event('input', { bubbles: true }))
  }

  /** Replaces a word, and sees to a space after it. Gives by how much the text has grown. */
  function replace(from: number, to: number, text: string): number {
    const { value } = field.current!
    insert(withSpace(text, to), from, to)
    return field.current!.value.length - value.length
  }

  const withSpace = (text: string, to: number) =>
    /^\s/.test(field.current!.value.slice(to)) ? text : `${text} `

  function accept(shown: Completing, text: string): void {
    // If the user has typed since the list was shown, they have typed a part of the same word.
    const { from, to } = completing.peek() ?? shown
    completing.value = null
    replace(from, to, text)
  }

  useLayoutEffect(() => {
    due.current = null
    toldTypingAt.current = -Infinity
    completing.value = null
    closedAt.current = -1
    const { text } = draftOf(id)
    const element = field.current!
    if (element.value !== text) element.value = text
    element.setSelectionRange(text.length, text.length)
    error.value = null
    look()
  }, [id, changes])

  // An admin may change the limit while somebody writes.
  useLayoutEffect(look, [textMax])

  // Suggestions that began in another room are not shown in this one.
  useLayoutEffect(() => {
    busyIn.value = null
    isPicking.value = false
  }, [id])

  useEffect(() => {
    if (!isTouch) field.current!.focus()
  }, [id])

  function keep(text: string): void {
    setDraft(id, { ...draftOf(id), text })
  }

  async function submit(): Promise<void> {
    const text = field.current!.value
    if (isBusy || text.trim() === '' || (left.value ?? 0) < 0) return
    if (!edit) {
      sendMessage(handle, text, replyTo)
      setDraft(id, { text: '' })
      draftChanges.value++
      field.current!.focus()
      return
    }
    busyIn.value = id
    error.value = null
    try {
      if (text.trim() !== quoted?.message) await handle.edit(edit.seq, text)
      // By now this may be another room's composer.
      endReplyOrEdit(id)
    } catch (failure) {
      if (busyIn.peek() === id) error.value = explain(failure)
    } finally {
      if (busyIn.peek() === id) busyIn.value = null
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event
    if (due.current) lookForWord()
    // Safari ends a composition before its Enter: that has the code 229.
    // oxlint-disable-next-line typescript/no-deprecated -- nothing else tells of it
    if (event.isComposing || event.keyCode === 229) return
    if (completing.value && keys.current?.take(event)) {
      event.preventDefault()
      event.stopPropagation()
    } else if (key === 'Enter' && !shiftKey && !altKey && (!isTouch || ctrlKey || metaKey)) {
      event.preventDefault()
      void submit()
    } else if (key === 'Escape' && about) {
      event.preventDefault()
      event.stopPropagation()
      endReplyOrEdit(id)
    } else if (key === 'ArrowUp' && field.current!.value === '' && !about) {
      const last = messages.findLast(
        ({ user_id, deleted_at }) => user_id === myId() && deleted_at === null,
      )
      if (!last) return
      event.preventDefault()
      beginEdit(id, last)
    }
  }

  const List = list.value?.component
  const label = t('composer.placeholder', { room: room?.title ?? '' })
  return (
    <form
      class="composer"
      data-region="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {about !== undefined && (
        <div class="composer-about">
          <Icon name={edit ? 'edit' : 'reply'} />
          <span class="one-line">
            {edit
              ? t('composer.editing')
              : t('composer.replying', { name: quoted ? nameOf(quoted) : '' })}
            {!edit && quoted?.message && (
              <span class="composer-quote" dir="auto">
                {plainText(quoted.message).slice(0, 160)}
              </span>
            )}
          </span>
          <IconButton icon="close" label={t('common.cancel')} onClick={() => endReplyOrEdit(id)} />
        </div>
      )}
      {error.value && (
        <p class="composer-error" role="alert">
          {error}
        </p>
      )}
      {completing.value && List && (
        <List
          completing={completing.value}
          held={held}
          field={field.current!}
          keys={keys}
          onAccept={accept}
          onClose={() => {
            closedAt.current = completing.value?.from ?? -1
            completing.value = null
          }}
        />
      )}
      <div class="composer-line">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={label}
          aria-describedby={room?.send_limit ? slowModeId : undefined}
          placeholder={label}
          autocomplete="off"
          enterkeyhint={isTouch ? 'enter' : 'send'}
          onInput={({ currentTarget }) => {
            keep(currentTarget.value)
            look()
            followKey(currentTarget.value, currentTarget.selectionStart)
          }}
          onKeyDown={onKeyDown}
          onKeyUp={({ key }) => {
            if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) lookForWord()
          }}
          onClick={lookForWord}
          onBlur={() => {
            due.current = null
            completing.value = null
          }}
        />
        {left.value !== null && (
          <output class={left.value < 0 ? 'composer-left over' : 'composer-left'}>
            {left.value < 0
              ? t('composer.tooLong', { count: -left.value })
              : t('composer.left', { count: left.value })}
          </output>
        )}
        <IconButton
          ref={emojiButton}
          icon="smile"
          class="composer-emoji"
          label={t('composer.addEmoji')}
          aria-haspopup="dialog"
          aria-expanded={isPicking.value}
          onClick={() => void (isPicking.value = !isPicking.value)}
        />
        {isPicking.value && (
          <EmojiPopover
            anchor={emojiButton.current}
            onPick={(emoji) => {
              isPicking.value = false
              // First the popover returns the focus.
              requestAnimationFrame(() => insert(emoji))
            }}
            onClose={() => void (isPicking.value = false)}
          />
        )}
        <button
          type="submit"
          class="composer-send"
          aria-label={edit ? t('common.save') : t('composer.send')}
          title={edit ? t('common.save') : t('composer.send')}
          disabled={isBusy ? true : cannotSend}
          // The keyboard of a phone stays open.
          onPointerDown={(event) => event.preventDefault()}
        >
          <Icon name={edit ? 'check' : 'send'} />
        </button>
      </div>
    </form>
  )
}
