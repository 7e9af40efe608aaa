import type { Room } from '../../../src/client/index.ts'
import { mayWrite } from '../chat/may-write.ts'
import { formatSeconds } from '../text/format.ts'
import { t } from '../text/text.ts'

export const slowModeId = 'slow-mode'

/** Says how many messages an admin lets each member send to the room, before the server refuses one. */
export function SlowMode({ room }: { readonly room: Room | null }) {
  if (!room?.send_limit || !mayWrite(room)) return null
  const { count, seconds } = room.send_limit
  return (
    <span id={slowModeId} class="slow-mode">
      {t('composer.slowMode', { count, time: formatSeconds(seconds) })}
    </span>
  )
}
