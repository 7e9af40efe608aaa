import type { Ref } from 'preact'
import {
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'preact/hooks'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { myId } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { findEmojis, keepRecent } from '../emoji/emojis.ts'
import { Avatar } from '../parts/avatar.tsx'
import { useUserSearch } from '../rooms/direct-dialog.tsx'
import { announce } from '../shell/announcer.tsx'
import { bestOf } from '../switcher/match.ts'
import { t } from '../text/text.ts'
import type { Completing } from './completion.ts'
import './completion-list.css'

const optionsMax = 8
/**
 * The number of suggestions is announced when the user has typed nothing for so long. A screen reader speaks each key, and
 * drops what was announced before it. The announcement also takes a frame, in which the next key would wait.
 */
const pauseMs = 300

export interface CompletionKeys {
  /** Whether the list has handled the key. */
  readonly take: (event: KeyboardEvent) => boolean
}

interface CompletionListProps {
  readonly completing: Completing
  readonly held: HeldRoom
  readonly field: HTMLTextAreaElement
  readonly keys: Ref<CompletionKeys>
  readonly onAccept: (completing: Completing, text: string) => void
  readonly onClose: () => void
}

interface Option {
  readonly key: string
  readonly text: string
  readonly sign: preact.JSX.Element
  readonly name: string
  readonly about: string
  readonly isElsewhere?: boolean
}

/**
 * Suggestions above the composer, like the listbox of APG. The focus stays in the field, and keys move the
 * selection.
 */
export function CompletionList(props: CompletionListProps) {
  const { completing, held, field, keys, onAccept, onClose } = props
  const { kind, query } = completing
  const id = useId()
  const list = useRef<HTMLUListElement>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const people = usePeople(held, kind === 'mention' ? query : null)
  const options = kind === 'mention' ? people : emojiOptions(query)
  const at = Math.max(
    0,
    options.findIndex(({ key }) => key === chosen),
  )
  const active = options[at]

  // Before the next key, which may choose.
  useLayoutEffect(() => setChosen(null), [kind, query])
  const count = options.length
  useEffect(() => {
    if (count === 0) return
    const timer = setTimeout(() => announce(t('completion.count', { count })), pauseMs)
    return () => clearTimeout(timer)
  }, [query, count])

  const activeId = count > 0 && active ? `${id}-${active.key}` : null
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
    if (activeId === null) return
    field.setAttribute('aria-controls', id)
    field.setAttribute('aria-activedescendant', activeId)
    return () => {
      field.removeAttribute('aria-controls')
      field.removeAttribute('aria-activedescendant')
    }
  }, [activeId])

  function accept({ text, key }: Pick<Option, 'text' | 'key'>): void {
    if (kind === 'emoji') keepRecent(key)
    onAccept(completing, text)
  }

  useImperativeHandle(keys, () => ({
    take({ key, shiftKey, ctrlKey, metaKey, altKey }) {
      if (count === 0 || shiftKey || ctrlKey || metaKey || altKey) return false
      const to = { ArrowDown: (at + 1) % count, ArrowUp: (at - 1 + count) % count }[key]
      if (to !== undefined) setChosen(options[to]!.key)
      else if (key === 'Enter' || key === 'Tab') accept(active!)
      else if (key === 'Escape') onClose()
      else return false
      return true
    },
  }))

  if (count === 0) return null
  return (
    <ul
      ref={list}
      id={id}
      class="completion"
      role="listbox"
      aria-label={t(kind === 'mention' ? 'completion.people' : 'completion.emojis')}
      // The field keeps the focus, and a phone keeps its keyboard open.
      onPointerDown={(event) => {
        if (event.pointerType === 'mouse') event.preventDefault()
      }}
      onMouseDown={(event) => event.preventDefault()}
    >
      {options.map((option) => (
        <li
          key={option.key}
          id={`${id}-${option.key}`}
          role="option"
          aria-selected={option === active}
          onPointerMove={({ pointerType }) => {
            if (pointerType === 'mouse') setChosen(option.key)
          }}
          onClick={() => accept(option)}
        >
          {option.sign}
          <bdi class="one-line">{option.name}</bdi>
          <small class="one-line">{option.about}</small>
          {option.isElsewhere && <small class="elsewhere">{t('completion.notMember')}</small>}
        </li>
      ))}
    </ul>
  )
}

function emojiOptions(query: string): Option[] {
  return findEmojis(query.replaceAll('_', ' '), optionsMax).map(({ emoji, name, code }) => ({
    key: emoji,
    text: emoji,
    sign: <span class="completion-emoji">{emoji}</span>,
    name,
    about: `:${code}:`,
  }))
}

/**
 * Members come first, the one who wrote last at the top. Other people follow. A mention does not notify them.
 */
function usePeople({ handle, view }: HeldRoom, query: string | null): Option[] {
  const { messages, members, hasMoreMembers, room } = view.value
  const isWanted = query !== null
  useEffect(() => {
    if (isWanted && members === null) handle.loadMembers().catch(() => undefined)
  }, [isWanted, handle])
  const others = useUserSearch(query ?? '')
  if (query === null) return []
  const lastSeq = new Map<number, number>()
  for (const { user_id, seq } of messages) if (user_id !== null) lastSeq.set(user_id, seq)
  const inRoom = (members ?? [])
    .filter(({ user_id }) => user_id !== myId())
    .toSorted((a, b) => (lastSeq.get(b.user_id) ?? 0) - (lastSeq.get(a.user_id) ?? 0))
    .map(({ user_id, username, display_name }) => ({ id: user_id, username, display_name }))
  const ids = new Set(inRoom.map(({ id }) => id))
  const outside =
    query && room?.kind !== 'direct' ? (others ?? []).filter(({ id }) => !ids.has(id)) : []
  const namesOf = (user: (typeof inRoom)[number]) => [user.username, user.display_name ?? '']
  return [...bestOf(query, inRoom, namesOf), ...bestOf(query, outside, namesOf)]
    .slice(0, optionsMax)
    .map((user) => ({
      key: String(user.id),
      text: `@${user.username}`,
      sign: <Avatar id={user.id} name={nameOf(user)} size="s" />,
      name: nameOf(user),
      about: `@${user.username}`,
      isElsewhere: members !== null && !hasMoreMembers && !ids.has(user.id),
    }))
}
