import { t } from '../text/text.ts'

/** Stands at an end of the list that has more messages. */
export function ListEdge({
  isFailed,
  onRetry,
}: {
  readonly isFailed: boolean
  readonly onRetry: () => void
}) {
  return (
    <div class="list-edge">
      {isFailed ? (
        <>
          {t('conversation.loadFailed')}{' '}
          <button type="button" class="text-button" onClick={onRetry}>
            {t('common.retry')}
          </button>
        </>
      ) : (
        <span class="spinner" role="img" aria-label={t('conversation.loading')} />
      )}
    </div>
  )
}
