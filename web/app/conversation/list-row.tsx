import type { HeldRoom } from '../chat/held-rooms.ts'
import { formatDate, formatDay } from '../text/format.ts'
import { t } from '../text/text.ts'
import { MessageRow } from './message-row.tsx'
import type { Row } from './rows.ts'

/** One row of the list, identified by its key. */
export function ListRow({ row, held }: { readonly row: Row; readonly held: HeldRoom }) {
  switch (row.kind) {
    case 'day':
      return (
        <div class="day-line" data-key={row.key}>
          <span data-date={formatDate(row.at)}>{formatDay(row.at)}</span>
        </div>
      )
    case 'new':
      return (
        <div class="new-line" data-key={row.key} role="separator">
          {t('conversation.new')}
        </div>
      )
    default:
      return <MessageRow row={row} held={held} />
  }
}
