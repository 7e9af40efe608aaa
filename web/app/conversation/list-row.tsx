import { Component } from 'preact'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { formatDate, formatDay } from '../text/format.ts'
import { t } from '../text/text.ts'
import { MessageRow } from './message-row.tsx'
import type { Row } from './rows.ts'

interface ListRowProps {
  readonly row: Row
  readonly held: HeldRoom
}

/**
 * One row of the list, identified by its key. A scroll renders the list in nearly every frame, and skips each row that
 * did not change. Elements that are kept and used again would skip it, too. But each refers to the list that it was in
 * first, and so to all rows of that list: the page would hold every row that the reader has seen.
 */
export class ListRow extends Component<ListRowProps> {
  override shouldComponentUpdate({ row, held }: ListRowProps): boolean {
    return row !== this.props.row || held !== this.props.held
  }

  override render({ row, held }: ListRowProps) {
    return rendered(row, held)
  }
}

function rendered(row: Row, held: HeldRoom) {
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
