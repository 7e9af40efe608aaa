import type { RefObject } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'

/** The longest search that the server accepts, in code points. */
export const queryMax = 256
/** A user who types does not need an answer after each letter. */
const pauseMs = 300

interface SearchFieldProps {
  readonly label: string
  /** The present search. The field follows it when it changes elsewhere, for example by the back button. */
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly field: RefObject<HTMLInputElement | null>
}

/** The search field. Enter searches at once. Otherwise the search begins after a pause. */
export function SearchField({ label, query, onQuery, field }: SearchFieldProps) {
  const id = useId()
  const [typed, setTyped] = useState(query)
  /** The last search that began here. */
  const asked = useRef(query)
  const ask = (next: string) => {
    asked.current = next
    if (next !== query) onQuery(next)
  }
  // These are layout effects. Other effects run after the next paint. By then the user may have typed, and would
  // lose the typed text.
  useLayoutEffect(() => field.current?.focus(), [])
  useLayoutEffect(() => {
    if (query === asked.current) return
    asked.current = query
    setTyped(query)
  }, [query])
  useLayoutEffect(() => {
    const next = typed.trim()
    if (next === query) return
    const timer = setTimeout(() => ask(next), pauseMs)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <form
      class="search-field"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        ask(typed.trim())
      }}
    >
      <Icon name="search" />
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <input
        ref={field}
        id={id}
        type="search"
        dir="auto"
        autocomplete="off"
        enterkeyhint="search"
        placeholder={label}
        maxLength={queryMax}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
    </form>
  )
}
