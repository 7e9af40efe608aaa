import { onlineCount } from './online-count.ts'
import { t } from '../text/text.ts'

/** "4 online" for a room, or nothing when it is not known. */
export function onlineText(roomId: number): string | null {
  const online = onlineCount.value
  if (online?.roomId !== roomId || online.count === 0) return null
  const { count, hasMore } = online
  return t(hasMore ? 'conversation.onlineMore' : 'conversation.onlineCount', { count })
}
