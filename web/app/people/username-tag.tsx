import { looksLikeAnother } from './lookalikes.ts'
import './username-tag.css'

interface UsernameTagProps {
  readonly id: number | null
  readonly username: string | null
  readonly displayName: string | null
}

/** The username, beside a display name that looks like another user's name. Otherwise nothing. */
export function UsernameTag({ id, username, displayName }: UsernameTagProps) {
  if (id === null || username === null || !looksLikeAnother(id, username, displayName)) return null
  return (
    <bdi class="username-tag" dir="ltr">
      @{username}
    </bdi>
  )
}
