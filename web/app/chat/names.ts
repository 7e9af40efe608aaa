import { t } from '../text/text.ts'

interface Named {
  readonly username: string | null
  readonly display_name: string | null
}

/** Returns the name to show for a user. null is a deleted account. */
export const nameOf = ({ username, display_name }: Named): string =>
  display_name ?? username ?? t('common.deletedAccount')
