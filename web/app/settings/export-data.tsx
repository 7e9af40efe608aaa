import { useEffect, useRef, useState } from 'preact/hooks'
import { session } from '../chat/client.ts'
import { useTask } from '../parts/use-task.ts'
import { t } from '../text/text.ts'
import { collect, type Collected, nothingYet, saveExport } from './collect-export.ts'
import { Saved } from './saved.tsx'
import './export-data.css'

/** Fetches all data of the user, page by page, and saves it as one file. */
export function ExportData() {
  const collected = useRef<Collected | null>(null)
  const canceling = useRef<AbortController | null>(null)
  const [shown, setShown] = useState<{ count: number; progress: number; isWaiting: boolean }>()
  const [savedAs, setSavedAs] = useState<string | null>(null)
  useEffect(() => () => canceling.current?.abort(), [])
  const task = useTask(async () => {
    const all = (collected.current ??= nothingYet())
    const { signal } = (canceling.current = new AbortController())
    const show = (isWaiting: boolean) => {
      if (!signal.aborted) setShown({ count: all.count, progress: all.progress, isWaiting })
    }
    setSavedAs(null)
    show(false)
    try {
      await collect(all, signal, show)
    } catch (error) {
      if (!signal.aborted) throw error
      return
    }
    const day = new Date().toISOString().slice(0, 10)
    const name = `quick-connect-${session.peek().user?.username}-${day}.json`
    saveExport(all, name)
    collected.current = null
    setShown(undefined)
    setSavedAs(name)
  })
  const cancel = () => {
    canceling.current?.abort()
    collected.current = null
    setShown(undefined)
    task.reset()
  }
  return (
    <div class="export">
      {shown && (
        <div class="export-progress">
          <progress aria-label={t('settings.exportProgress')} value={shown.progress} max={1} />
          <p class="settings-text">
            {shown.isWaiting
              ? t('settings.exportWaiting')
              : t('settings.exportCount', { count: shown.count })}
          </p>
        </div>
      )}
      {task.error && (
        <p class="field-error" role="alert">
          {task.error}
        </p>
      )}
      <div class="settings-actions">
        {!task.isBusy && (
          <button type="button" class="button" onClick={() => void task.run()}>
            {shown ? t('settings.exportGoOn') : t('settings.exportAction')}
          </button>
        )}
        {shown && (
          <button type="button" class="button" onClick={cancel}>
            {t('common.cancel')}
          </button>
        )}
        <Saved text={savedAs && t('settings.exportDone', { name: savedAs })} />
      </div>
    </div>
  )
}
