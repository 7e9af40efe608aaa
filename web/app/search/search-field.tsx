import type { RefObject } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'

/** The longest search that the server takes, in code points. */
export const queryMax = 256
/** Who types does not want an answer to each letter. */
const pauseMs = 300

interface SearchFieldProps {
  readonly label: string
  /** What is looked for now; the field follows it when it is changed elsewhere, as by the way back. */
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly field: RefObject<HTMLInputElement | null>
}

/** Where one types what to look for. Enter looks at once; else it is looked when one pauses. */
export function SearchField({ label, query, onQuery, field }: SearchFieldProps) {
  const id = useId()
  const [typed, setTyped] = useState(query)
  /** What was asked for last from here. */
  const asked = useRef(query)
  const ask = (next: string) => {
    asked.current = next
    if (next !== query) onQuery(next)
  }
  // Layout effects: others run after the next paint, when the user may have typed already. What was typed would be lost.
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
