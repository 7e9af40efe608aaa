import { effect } from '@preact/signals'
import { rooms } from '../chat/client.ts'
import { attention } from '../rooms/listed-rooms.ts'
import { formatUnread } from '../text/format.ts'
import { isolate, t } from '../text/text.ts'
import { openRoomId } from './router.ts'

/** The title of the tab shows the open room, and the number of unread mentions and direct messages. */
export function watchTitle(): void {
  effect(() => {
    const { count } = attention.value
    const room = rooms.value?.find(({ id }) => id === openRoomId.value)
    const title = room ? `${isolate(room.title)} · ${t('common.product')}` : t('common.product')
    document.title = count > 0 ? `(${formatUnread(count)}) ${title}` : title
  })
}
