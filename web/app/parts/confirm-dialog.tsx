import type { ComponentChildren } from 'preact'
import { t } from '../text/text.ts'
import { Dialog } from './dialog.tsx'
import { FormError } from './field.tsx'
import { useTask } from './use-task.ts'

interface ConfirmDialogProps {
  readonly title: string
  readonly text: ComponentChildren
  /** The action, as a verb. */
  readonly action: string
  readonly onConfirm: () => Promise<unknown>
  readonly onClose: () => void
  readonly children?: ComponentChildren
}

/** Asks the user to confirm an action that cannot be undone. */
export function ConfirmDialog({
  title,
  text,
  action,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  const task = useTask(async () => {
    await onConfirm()
    onClose()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {children}
      <FormError text={task.error} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          class="button danger"
          disabled={task.isBusy}
          onClick={() => void task.run()}
        >
          {action}
        </button>
      </div>
    </Dialog>
  )
}
