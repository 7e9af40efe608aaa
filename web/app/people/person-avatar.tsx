import { useIsOnline } from '../chat/online-count.ts'
import { Avatar } from '../parts/avatar.tsx'

interface PersonAvatarProps {
  /** null is a deleted account. */
  readonly id: number | null
  readonly name: string
  readonly size?: 's' | 'm' | 'l'
}

/** A user's avatar, with a dot while they are known to be online. The text beside it says the same. */
export function PersonAvatar(props: PersonAvatarProps) {
  return <Avatar {...props} online={useIsOnline(props.id)} />
}
