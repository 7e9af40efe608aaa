import { signal } from '@preact/signals'
import { client, outbox, session } from '../chat/client.ts'
import { draftedRooms, forgetDrafts } from '../chat/drafts.ts'
import { forgetOwnName } from '../chat/own-name.ts'
import { takeOver } from '../notifications/handed-over.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { t } from '../text/text.ts'
import { navigate } from './router.ts'

const isAsking = signal(false)

async function signOut(): Promise<void> {
  const userId = session.peek().user?.id
  client.disconnect()
  await client.logout()
  if (userId) {
    forgetDrafts(userId)
    forgetOwnName()
    takeOver(userId)
  }
  navigate('/login')
}

/** Signs the user out. Asks first when unsent texts would be lost. */
export function openSignOut(): void {
  isAsking.value = true
}

export function SignOutDialog() {
  if (!isAsking.value) return null
  const unsent = outbox.value.filter(({ status }) => status !== 'sent').length
  const drafts = draftedRooms.value.size
  return (
    <ConfirmDialog
      title={t('accounts.signOutTitle')}
      text={
        unsent > 0
          ? t('accounts.signOutUnsent', { count: unsent })
          : drafts > 0
            ? t('accounts.signOutDrafts', { count: drafts })
            : t('accounts.signOutText')
      }
      action={t('accounts.signOut')}
      onConfirm={signOut}
      onClose={() => void (isAsking.value = false)}
    />
  )
}
