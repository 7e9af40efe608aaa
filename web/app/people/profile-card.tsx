import { nameOf } from '../chat/names.ts'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../text/text.ts'
import { Profile } from './profile.tsx'
import { type Person, shownProfile } from './shown-profile.ts'

const close = () => void (shownProfile.value = null)

/** The profile of a user, in a dialog. */
export function ProfileCard({ person }: { readonly person: Person }) {
  return (
    <Dialog
      title={t('people.profile', { name: nameOf(person) })}
      class="profile-card"
      onClose={close}
    >
      <Profile person={person} onLeave={close} />
    </Dialog>
  )
}
