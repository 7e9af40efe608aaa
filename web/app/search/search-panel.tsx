import { useRef } from 'preact/hooks'
import { focusComposer } from '../composer/composing.ts'
import { moveThrough } from '../parts/list-keys.ts'
import { Pane } from '../parts/pane.tsx'
import { isPanelAlone } from '../shell/layout.ts'
import { navigate, paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { FoundList } from './found-list.tsx'
import { SearchField } from './search-field.tsx'
import { useSearch } from './use-search.ts'
import './search.css'

interface SearchPanelProps {
  readonly roomId: number
  /** The query in the address. */
  readonly query: string
  /** The message that is shown beside it. */
  readonly seq: number | null
}

/** Searches a room. It stays open beside the conversation, where there is room for both. */
export function SearchPanel({ roomId, query, seq }: SearchPanelProps) {
  const field = useRef<HTMLInputElement>(null)
  const search = useSearch(query, roomId)
  const look = (query: string) => navigate(paths.roomSearch(roomId, query), { replace: true })
  const close = () => {
    navigate(paths.room(roomId))
    focusComposer()
  }
  return (
    <Pane title={t('search.inThisRoom')} back={paths.room(roomId)} isPanel>
      <div
        class="search-in-room"
        onKeyDown={(event) => {
          moveThrough(event, '.found-message', field.current)
          // In the field, the key first clears the text.
          const isDone = query === '' || event.target !== field.current
          if (event.key === 'Escape' && !event.isComposing && isDone) close()
        }}
      >
        <SearchField label={t('search.messages')} query={query} onQuery={look} field={field} />
        <a class="search-wider text-button" href={paths.search(query)}>
          {t('search.everywhere')}
        </a>
        <FoundList
          q={query}
          search={search}
          shownSeq={seq}
          pathOf={({ seq }) =>
            isPanelAlone.value ? paths.message(roomId, seq) : paths.roomSearch(roomId, query, seq)
          }
          onClear={() => {
            look('')
            field.current?.focus()
          }}
        />
      </div>
    </Pane>
  )
}
