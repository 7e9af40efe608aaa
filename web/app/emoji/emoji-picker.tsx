import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../shell/announcer.tsx'
import { t } from '../text/text.ts'
import { type Emoji, findEmojis, groups, keepRecent, recentEmojis } from './emojis.ts'
import './emoji-picker.css'

const columns = 8
const foundMax = 80

const titles = {
  recent: 'emojis.recent',
  found: 'emojis.found',
  smileys_emotion: 'emojis.smileys',
  people_body: 'emojis.people',
  animals_nature: 'emojis.nature',
  food_drink: 'emojis.food',
  travel_places: 'emojis.travel',
  activities: 'emojis.activities',
  objects: 'emojis.objects',
  symbols: 'emojis.symbols',
  flags: 'emojis.flags',
} as const

const isTitled = (name: string): name is keyof typeof titles => Object.hasOwn(titles, name)

/** A search field above a grid, as in APG. Arrow keys move in the grid. Tab reaches one of its emojis. */
export function EmojiPicker({ onPick }: { readonly onPick: (emoji: string) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [query, setQuery] = useState('')
  const [recent] = useState(recentEmojis)
  /** Renders a few groups in each frame, so that the picker opens at once. */
  const [shown, setShown] = useState(1)
  const isSearch = query.trim() !== ''
  const found = isSearch ? findEmojis(query, foundMax) : []
  const sections = isSearch
    ? [{ name: 'found', emojis: found }]
    : [{ name: 'recent', emojis: recent }, ...groups.slice(0, shown)]

  useEffect(() => {
    // The keyboard of a phone would cover it.
    if (matchMedia('(pointer: fine)').matches) field.current!.focus()
  }, [])
  useEffect(() => {
    if (shown >= groups.length) return
    const frame = requestAnimationFrame(() => setShown(shown + 1))
    return () => cancelAnimationFrame(frame)
  }, [shown])
  useEffect(() => {
    if (isSearch) announce(t('emojis.count', { count: found.length }))
  }, [query])

  function pick(emoji: string): void {
    keepRecent(emoji)
    onPick(emoji)
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return
    const cells = [...box.current!.querySelectorAll<HTMLElement>('[role=gridcell] button')]
    const at = cells.findIndex((cell) => cell === event.target)
    const isInField = event.target === field.current
    if (isInField && event.key === 'Enter') {
      event.preventDefault()
      if (isSearch && found[0]) pick(found[0].emoji)
      return
    }
    if (isInField && event.key !== 'ArrowDown') return
    const step = document.documentElement.dir === 'rtl' ? -1 : 1
    const to = isInField ? cells[0] : target(cells, at, event.key, step)
    if (to === undefined) return
    event.preventDefault()
    if (to === null) field.current!.focus()
    else to.focus()
  }

  return (
    <div ref={box} class="emoji-picker" onKeyDown={onKeyDown}>
      <input
        ref={field}
        type="search"
        autocomplete="off"
        spellcheck={false}
        maxLength={60}
        aria-label={t('emojis.search')}
        placeholder={t('emojis.search')}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      <div class="emoji-groups" role="grid" aria-label={t('composer.emojis')}>
        {sections.map(({ name, emojis }, section) =>
          emojis.length === 0 ? null : (
            <Group
              key={name}
              title={isTitled(name) ? t(titles[name]) : name}
              emojis={emojis}
              isFirst={section === sections.findIndex((each) => each.emojis.length > 0)}
              onPick={pick}
            />
          ),
        )}
      </div>
      {isSearch && found.length === 0 && (
        <p class="emoji-none">{t('emojis.none', { query: query.trim() })}</p>
      )}
    </div>
  )
}

/** Returns where a key leads in the grid. null is the field. Rows may have different lengths. */
function target(
  cells: readonly HTMLElement[],
  at: number,
  key: string,
  step: number,
): HTMLElement | null | undefined {
  if (at < 0) return undefined
  switch (key) {
    case 'ArrowRight':
      return cells[at + step]
    case 'ArrowLeft':
      return cells[at - step]
    case 'Home':
      return cells[0]
    case 'End':
      return cells.at(-1)
    case 'ArrowDown':
    case 'ArrowUp': {
      const row = cells[at]!.closest('[role=row]')!
      const rows = [...row.closest('[role=grid]')!.querySelectorAll('[role=row]')]
      const column = [...row.querySelectorAll('button')].findIndex((each) => each === cells[at])
      const index = rows.indexOf(row) + (key === 'ArrowDown' ? 1 : -1)
      if (index < 0) return null
      const others = [...(rows[index]?.querySelectorAll('button') ?? [])]
      return others[Math.min(column, others.length - 1)]
    }
    default:
      return undefined
  }
}

interface GroupProps {
  readonly title: string
  readonly emojis: readonly Emoji[]
  /** Whether Tab leads to the first emoji of this group. */
  readonly isFirst: boolean
  readonly onPick: (emoji: string) => void
}

function Group({ title, emojis, isFirst, onPick }: GroupProps) {
  const rows = Array.from({ length: Math.ceil(emojis.length / columns) }, (_, at) =>
    emojis.slice(at * columns, (at + 1) * columns),
  )
  return (
    <div
      class="emoji-group"
      role="rowgroup"
      aria-label={title}
      style={{ containIntrinsicBlockSize: `auto ${rows.length * 40 + 28}px` }}
    >
      <p aria-hidden="true">{title}</p>
      {rows.map((row, line) => (
        <div key={row[0]!.emoji} role="row">
          {row.map(({ emoji, name }, column) => (
            <span key={emoji} role="gridcell">
              <button
                type="button"
                tabIndex={isFirst && line === 0 && column === 0 ? 0 : -1}
                aria-label={name}
                title={name}
                onClick={() => onPick(emoji)}
              >
                {emoji}
              </button>
            </span>
          ))}
        </div>
      ))}
    </div>
  )
}
