import { useId, useRef } from 'preact/hooks'
import { rooms } from '../chat/client.ts'
import { moveThrough } from '../parts/list-keys.ts'
import { Pane } from '../parts/pane.tsx'
import { navigate, paths } from '../shell/router.ts'
import { locale, t } from '../text/text.ts'
import { FoundList } from './found-list.tsx'
import { SearchField } from './search-field.tsx'
import { useSearch } from './use-search.ts'
import './search.css'

interface SearchPageProps {
  readonly query: string
  /** null searches all rooms, also public ones that the user has not joined. */
  readonly room: number | null
}

/** Searches all rooms, or the chosen one. */
export function SearchPage({ query, room }: SearchPageProps) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const search = useSearch(query, room)
  const look = (query: string) => navigate(paths.search(query, room), { replace: true })
  const sorted = (rooms.value ?? []).toSorted((a, b) =>
    a.title.localeCompare(b.title, locale.value),
  )
  return (
    <Pane title={t('search.title')} back="/">
      <div
        class="search-page"
        onKeyDown={(event) => moveThrough(event, '.found-message', field.current)}
      >
        <div class="search-bar">
          <SearchField label={t('search.messages')} query={query} onQuery={look} field={field} />
          <div class="search-filter">
            <label for={id}>{t('search.where')}</label>
            <select
              id={id}
              value={room === null ? '' : String(room)}
              onChange={({ currentTarget: { value } }) =>
                navigate(paths.search(query, value ? Number(value) : null), { replace: true })
              }
            >
              <option value="">{t('search.allRooms')}</option>
              {sorted.map(({ id, title }) => (
                <option key={id} value={String(id)} dir="auto">
                  {title}
                </option>
              ))}
            </select>
          </div>
        </div>
        <FoundList
          q={query}
          search={search}
          withRooms={room === null}
          pathOf={({ room_id, seq }) => paths.message(room_id, seq)}
          onClear={() => {
            look('')
            field.current?.focus()
          }}
        />
      </div>
    </Pane>
  )
}
