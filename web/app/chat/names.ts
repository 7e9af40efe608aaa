import { t } from '../text/text.ts'

interface Named {
  readonly username: string | null
  readonly display_name: string | null
}

/** What somebody is called; null is an account that was deleted. */
export const nameOf = ({ username, display_name }: Named): string =>
  display_name ?? username ?? t('common.deletedAccount')
