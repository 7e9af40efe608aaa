import { useIsOnline } from '../chat/online-count.ts'
import { Avatar } from '../parts/avatar.tsx'

interface PersonAvatarProps {
  /** null: an account that was deleted. */
  readonly id: number | null
  readonly name: string
  readonly size?: 's' | 'm' | 'l'
}

/** Somebody's avatar, with a dot while they are known to be online. What stands beside it says the same in words. */
export function PersonAvatar(props: PersonAvatarProps) {
  return <Avatar {...props} online={useIsOnline(props.id)} />
}
