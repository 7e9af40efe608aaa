import type { Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { navigate } from '../shell/router.ts'
import { t } from '../text/text.ts'

export function LeaveDialog({
  room,
  onClose,
}: {
  readonly room: Room
  readonly onClose: () => void
}) {
  const isLast = room.kind === 'private' && room.member_count === 1
  return (
    <ConfirmDialog
      title={t('details.leaveTitle', { room: room.title })}
      text={
        isLast
          ? t('details.leaveLast')
          : room.kind === 'private'
            ? t('details.leavePrivate')
            : t('details.leaveText')
      }
      action={t('details.leaveAction')}
      onConfirm={async () => {
        await client.request('POST /api/rooms/{room_id}/leave/', { params: { room_id: room.id } })
        if (room.kind === 'private') navigate('/', { replace: true })
      }}
      onClose={onClose}
    />
  )
}
