import { useState } from 'preact/hooks'
import type { Member, Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Field } from '../parts/field.tsx'
import { t } from '../text/text.ts'

/** The actions that ask for confirmation. */
export type Act = 'own' | 'remove' | 'ban'

/** Gives a member another role. */
export async function setRole(
  roomId: number,
  username: string,
  role: Member['role'],
): Promise<void> {
  await client.request('PUT /api/rooms/{room_id}/members/{username}/', {
    params: { room_id: roomId, username },
    body: { role },
  })
}

interface MemberDialogProps {
  readonly act: Act
  readonly room: Room
  readonly member: Member
  readonly onClose: () => void
}

export function MemberDialog({ act, room, member, onClose }: MemberDialogProps) {
  const [reason, setReason] = useState('')
  const name = nameOf(member)
  const { username } = member
  const params = { room_id: room.id, username }
  switch (act) {
    case 'own':
      return (
        <ConfirmDialog
          title={t('details.makeOwnerTitle', { name })}
          text={t('details.makeOwnerText')}
          action={t('details.makeOwner')}
          onConfirm={async () => await setRole(room.id, username, 'owner')}
          onClose={onClose}
        />
      )
    case 'remove':
      return (
        <ConfirmDialog
          title={t('details.removeTitle', { name })}
          text={t(room.kind === 'public' ? 'details.removeTextPublic' : 'details.removeText')}
          action={t('details.removeAction')}
          onConfirm={async () =>
            await client.request('DELETE /api/rooms/{room_id}/members/{username}/', { params })
          }
          onClose={onClose}
        />
      )
    case 'ban':
      return (
        <ConfirmDialog
          title={t('details.banTitle', { name })}
          text={t('details.banText')}
          action={t('details.banAction')}
          onConfirm={async () =>
            await client.request('PUT /api/rooms/{room_id}/bans/{username}/', {
              params,
              body: { ...(reason.trim() && { reason: reason.trim() }) },
            })
          }
          onClose={onClose}
        >
          <Field
            label={t('details.banReason')}
            hint={t('details.banReasonHint')}
            maxLength={500}
            autocomplete="off"
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </ConfirmDialog>
      )
  }
}
