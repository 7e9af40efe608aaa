import { t } from '../text/text.ts'
import { FormError } from './field.tsx'
import type { Task } from './use-task.ts'

/** Stands below a list that has another page. */
export function MoreButton({ more }: { readonly more: Task<[]> | null }) {
  if (!more) return null
  return (
    <>
      <FormError text={more.error} />
      <button
        type="button"
        class="button more-button"
        disabled={more.isBusy}
        onClick={() => void more.run()}
      >
        {t('common.more')}
      </button>
    </>
  )
}
